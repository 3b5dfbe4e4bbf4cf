/**
 * How fast the device plugin is: its built bundle beside the plainest grpc-js
 * server that gives the same answers, in one run. Ends with 1 if a limit is
 * broken.
 *
 * Options: --calls=2000 (Allocate calls per size) --changes=30 (of each of four kinds) --starts=20
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SimulatedHost } from '@rackwright/simulator';
import { allocations, changes, starts } from './measure.ts';
import { nics, slotsPerNic } from './shape.ts';
import { ourProgram, referenceProgram, Subject } from './subject.ts';
import { breach, report } from './times.ts';

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '2000' },
    changes: { type: 'string', default: '30' },
    starts: { type: 'string', default: '20' },
  },
});

await using stack = new AsyncDisposableStack();
/**
 * sysfs and /dev are in memory, and so is the simulated host: on ext4, which
 * leaves the inodes of removed files alone for seconds, putting a NIC in took up
 * to 220 ms by itself.
 */
const memory = '/dev/shm';
const folder = mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), 'rwbd-'));
stack.defer(() => rmSync(folder, { recursive: true, force: true }));
const host = await SimulatedHost.create(join(folder, 'host'), {
  nics: Array.from({ length: nics }, (_, i) => ({ generation: i % 2 === 0 ? 1 : 2 })),
});
const programs = [ourProgram(folder, host), await referenceProgram(folder)] as const;

const comparisons = [await starts(programs, folder, Number(values.starts))];
const subjects = [
  stack.use(await Subject.start(programs[0], join(folder, 'ours'))),
  stack.use(await Subject.start(programs[1], join(folder, 'reference'))),
] as const;
for (const devices of [1, 8, 64])
  comparisons.push(await allocations(subjects, devices, Number(values.calls)));
comparisons.push(...(await changes(subjects, host, Number(values.changes))));

console.log(
  `${nics} NICs, ${nics * slotsPerNic} ids; milliseconds; load ${loadavg()[0]?.toFixed(1)}

${report(comparisons)}
The plugin learns of a change by inotify where there is an event (device nodes) and else by a probe every 100 ms that
reads the names in /sys/class/cxi and two attributes of each NIC; a difference is followed by a full scan, and the list
goes out in the same turn of the event loop. The reference does none of that: inotify wakes it and it sends a list it
has. Health that comes back is told at once here (--debounce=0s) and after 1 s by default.
`,
);
const broken = comparisons.flatMap((comparison) => breach(comparison) ?? []);
for (const line of broken) console.error(line);
process.exitCode = broken.length === 0 ? 0 : 1;
