/**
 * How long a scrape of the CXI exporter takes: its bundle on a simulated host
 * with 8 NICs of 400 telemetry files each, beside an exporter written the plain
 * way and the bare reading of the same files, taken in turns in one run.
 * Ends with 1 if the limit is not held.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { SimulatedHost } from '@rackwright/simulator';
import { hangUp, scrape } from './scrape.ts';
import { type MetricsServer, startExporter, startPlainExporter } from './servers.ts';
import { Times } from './times.ts';

const nics = 8;
const telemetryFiles = 400;
const scrapes = 1000;
const rounds = 20;
const limitMs = 30;

const folder = mkdtempSync(join(tmpdir(), 'rw-bench-exporter-'));
const host = await SimulatedHost.create(folder, {
  nics: Array.from({ length: nics }, (_, i) => ({ generation: i % 2 === 0 ? 1 : 2, telemetryFiles })),
  cxiRh: false,
});
const telemetry = host.hardware.cxi.functions().map((nic) => host.root.path(`${nic.folder}/telemetry`));
const files = telemetry.flatMap((path) => readdirSync(path).map((name) => join(path, name)));

const ours = new Times();
const plain = new Times();
const reads = new Times();

/** The first scrape opens every file; the compiler needs a few. */
async function warmUp(server: MetricsServer): Promise<number> {
  const first = new Times();
  await first.measure(() => scrape(server.url));
  for (let i = 0; i < 20; i++) await scrape(server.url);
  return first.quantile(1);
}

async function compare(exporter: MetricsServer, reference: MetricsServer): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < scrapes / rounds; i++) await ours.measure(() => scrape(exporter.url));
    for (let i = 0; i < scrapes / rounds / 5; i++) {
      await plain.measure(() => scrape(reference.url));
      await reads.measure(readAll);
    }
  }
}

function readAll(): void {
  for (const file of files) readFileSync(file, 'utf8');
}

function anonymousMiB({ pid }: MetricsServer): string {
  const kib = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return `${(Number(kib) / 1024).toFixed(1)} MiB`;
}

function row(name: string, times: Times, memory: string): string {
  const [p50, p99] = [0.5, 0.99].map((share) => times.quantile(share).toFixed(1));
  return `| ${name} | ${p50} ms | ${p99} ms | ${memory} |`;
}

function ratio(name: string, times: Times): string {
  const [p50, p99] = [0.5, 0.99].map((share) => (ours.quantile(share) / times.quantile(share)).toFixed(2));
  return `| exporter / ${name} | ${p50} | ${p99} | |`;
}

async function run(): Promise<void> {
  await using exporter = await startExporter(folder);
  await using reference = await startPlainExporter(telemetry);
  const first = await warmUp(exporter);
  await warmUp(reference);
  await compare(exporter, reference);
  const size = (await scrape(exporter.url)).length;
  console.log(
    `${files.length} telemetry files, ${scrapes} scrapes of ${(size / 1024).toFixed(0)} KiB; load ${loadavg()[0]?.toFixed(1)}`,
  );
  console.log('| scrape | p50 | p99 | private memory |');
  console.log('|---|---|---|---|');
  console.log(row('exporter, over HTTP', ours, anonymousMiB(exporter)));
  console.log(row('plain exporter, over HTTP', plain, anonymousMiB(reference)));
  console.log(row('bare readFileSync of the same files', reads, ''));
  console.log(ratio('plain exporter', plain));
  console.log(ratio('bare reading', reads));
  console.log(`first scrape ${first.toFixed(1)} ms`);
  const held = ours.quantile(0.99) <= limitMs;
  console.log(`limit p99 ${limitMs} ms: ${held ? 'held' : 'NOT HELD'}`);
  process.exitCode = held ? 0 : 1;
  hangUp();
}

try {
  await run();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
