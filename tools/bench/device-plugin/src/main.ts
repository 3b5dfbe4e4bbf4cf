/**
 * How fast the device plugin is: its built bundle beside the plainest grpc-js
 * server that gives the same answers, in one run. Ends with 1 if a limit is
 * broken.
 *
 * Options: --family=cxi (or ai100) --calls=2000 (Allocate calls per size) --changes=30 (of each kind, 24 for ai100) --starts=20
 * --idle=120 (seconds in which the programs are counted that the plugin starts on the host; ai100)
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '@rackwright/core';
import { ai100 } from './families/ai100.ts';
import { cxi } from './families/cxi.ts';
import { allocations, changes, starts } from './measure.ts';
import { ourProgram, referenceProgram, Subject } from './subject.ts';
import { breach, report } from './times.ts';

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '2000' },
    changes: { type: 'string', default: '30' },
    starts: { type: 'string', default: '20' },
    family: { type: 'string', default: 'cxi' },
    idle: { type: 'string', default: '120' },
  },
});

const families = { cxi, ai100 };
const family = families[values.family as keyof typeof families];
if (family === undefined) throw new Error(`--family: one of ${Object.keys(families).join(', ')}`);

await using stack = new AsyncDisposableStack();
/**
 * sysfs and /dev are in memory, and so is the simulated host: on ext4, which
 * leaves the inodes of removed files alone for seconds, putting a NIC in took up
 * to 220 ms by itself.
 */
const memory = '/dev/shm';
const folder = mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), 'rwbd-'));
stack.defer(() => rmSync(folder, { recursive: true, force: true }));
const host = await family.createHost(join(folder, 'host'));
const programs = [ourProgram(family, folder, host), await referenceProgram(family, folder)] as const;

const comparisons = [await starts(programs, folder, Number(values.starts), family.startLimitMs)];
{
  await using ours = await Subject.start(programs[0], join(folder, 'ours'));
  await using reference = await Subject.start(programs[1], join(folder, 'reference'));
  const subjects = [ours, reference] as const;
  for (const size of family.sizes)
    comparisons.push(await allocations(subjects, family.ids(size), Number(values.calls)));
  const each = Math.min(Number(values.changes), family.mostChanges ?? Number.POSITIVE_INFINITY);
  comparisons.push(...(await changes(subjects, { host, family, each })));
}

console.log(
  `${family.node}; milliseconds; load ${loadavg()[0]?.toFixed(1)}

${report(comparisons)}
${family.remark}
`,
);
if (family.idleArgs !== undefined) {
  const started = await commandsWhileIdle(family.idleArgs(host), Number(values.idle));
  console.log(`idle for ${values.idle} s: ${started} programs started a minute`);
}
const broken = comparisons.flatMap((comparison) => breach(comparison) ?? []);
for (const line of broken) console.error(line);
process.exitCode = broken.length === 0 ? 0 : 1;

/** Programs of the host the plugin starts in a minute in which nothing happens. */
async function commandsWhileIdle(args: readonly string[], seconds: number): Promise<string> {
  const program = ourProgram({ ...family, args: () => args }, folder, host);
  await using _idle = await Subject.start(program, join(folder, 'idle'));
  const before = host.commands.journal().length;
  await systemClock.sleep(seconds * 1000);
  return (((host.commands.journal().length - before) * 60) / seconds).toFixed(1);
}
