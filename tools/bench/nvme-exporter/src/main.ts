/**
 * How long a scrape of nvme-exporter takes on a simulated host with 8 drives, and how
 * many commands the drives get with 10 scrapers, beside the NVMe script of Debian's
 * prometheus-node-exporter-collectors over the same nvme-cli in the same run.
 * Ends with 1 if the limit is not held.
 *
 * Arguments: the script, and --seconds=120, in which each scraper scrapes once a
 * second and the commands of a minute are counted.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '@rackwright/core';
import { SimulatedHost } from '@rackwright/simulator';
import { type Exporter, startExporter } from './exporter.ts';
import { scrape } from './scrape.ts';
import { Times } from './times.ts';

const drives = 8;
const scrapers = 10;
const scrapes = 1000;
const scriptRuns = 3;
const limitMs = 10;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '120' } },
});
const seconds = Number(values.seconds);
const script = positionals[0] ?? '/usr/share/prometheus-node-exporter-collectors/nvme_metrics.sh';

/** Each scraper keeps a connection. */
const agents = Array.from({ length: scrapers }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
const folder = mkdtempSync(join(tmpdir(), 'rw-bench-nvme-'));
const host = await SimulatedHost.create(folder, {
  nvme: Array.from({ length: drives }, () => ({})),
  commands: true,
});

/** Commands that reached a drive. */
function adminCommands(): number {
  return host.commands
    .journal()
    .filter(({ args: [command] }) => command === 'smart-log' || command === 'id-ctrl').length;
}

/** Scrapers in turns, as they come to an exporter: what one waits for is not that another is served. */
async function scrapeAll(exporter: Exporter, times: Times): Promise<void> {
  for (let i = 0; i < scrapes; i++) {
    const agent = agents[i % scrapers];
    await times.measure(async () => {
      const text = await scrape(`${exporter.url}/metrics`, agent);
      if (!text.includes('nvme_percentage_used_ratio')) throw new Error('a scrape without values');
    });
  }
}

/** Commands that drives get in a minute in which every scraper scrapes once a second. */
async function commandsPerMinute(exporter: Exporter): Promise<string> {
  const before = adminCommands();
  const began = systemClock.monotonic();
  const elapsed = (): number => (systemClock.monotonic() - began) / 1000;
  while (elapsed() < seconds) {
    await Promise.all(agents.map((agent) => scrape(`${exporter.url}/metrics`, agent)));
    await systemClock.sleep(1000);
  }
  return (((adminCommands() - before) * 60) / elapsed()).toFixed(0);
}

/** One run of the script, which asks every drive: what a scraper would wait for if it ran for each scrape. */
function runScript(): void {
  const { status, stdout, stderr } = spawnSync('bash', [script], {
    env: { ...process.env, PATH: `${host.root.path('/usr/sbin')}:/usr/bin:/bin` },
    encoding: 'utf8',
  });
  if (status !== 0 || !stdout.includes('nvme_'))
    throw new Error(`${script} exited with ${status}: ${stderr}`);
}

function row(name: string, times: Times, commands: string, memory: string): string {
  const [p50, p99] = [0.5, 0.99].map((share) => times.quantile(share).toFixed(1));
  return `| ${name} | ${p50} ms | ${p99} ms | ${commands} | ${memory} |`;
}

async function runExporter(): Promise<void> {
  await using exporter = await startExporter(folder);
  const ours = new Times();
  await scrapeAll(exporter, new Times());
  await scrapeAll(exporter, ours);
  const load = loadavg()[0]?.toFixed(1);
  const commands = `${await commandsPerMinute(exporter)} a minute`;
  console.log(`${drives} drives, ${scrapers} scrapers, ${scrapes} scrapes; load ${load}`);
  console.log('| | p50 | p99 | commands to drives | private memory |');
  console.log('|---|---|---|---|---|');
  console.log(row('scrape of nvme-exporter', ours, commands, `${exporter.anonymousMiB()} MiB`));
  process.exitCode = ours.quantile(0.99) <= limitMs ? 0 : 1;
}

/** After the exporter has ended, which asks drives as well. */
async function runReference(): Promise<void> {
  if (existsSync(script)) {
    const before = adminCommands();
    const theirs = new Times();
    for (let i = 0; i < scriptRuns; i++) await theirs.measure(runScript);
    console.log(
      row('run of the script', theirs, `${(adminCommands() - before) / scriptRuns} for each run`, ''),
    );
  } else console.log(`without the reference: ${script} is missing; name it as an argument`);
}

try {
  await runExporter();
  await runReference();
  console.log(`limit p99 ${limitMs} ms: ${process.exitCode === 0 ? 'held' : 'NOT HELD'}`);
} finally {
  for (const agent of agents) agent.destroy();
  rmSync(folder, { recursive: true, force: true });
}
