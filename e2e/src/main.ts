/** `npm run e2e`: every case on a simulated cluster. Arguments filter cases by a part of their name. */
import { errorMessage, systemClock } from '@rackwright/core';
import { buildApps, ProgramResolver } from '@rackwright/testbed';
import { allCases } from './cases/index.ts';
import { faultReport, rightsReport } from './report.ts';
import { runCases } from './run-cases.ts';
import { SimulatedBed } from './simulated-bed.ts';

const controller = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => controller.abort(new Error(`${name} received`)));
}
const print = (line: string): void => console.log(line);
const filters = process.argv.slice(2);
const chosen = allCases.filter(
  (item) => filters.length === 0 || filters.some((filter) => item.name.includes(filter)),
);

try {
  const programs = new ProgramResolver({ env: process.env, clock: systemClock, progress: print });
  await programs.resolveAll(
    [
      'etcd',
      'kube-apiserver',
      'kube-controller-manager',
      'kube-scheduler',
      'kubectl',
      'helm',
      'helm4',
      'kubeconform',
    ],
    controller.signal,
  );
  await buildApps({ clock: systemClock, env: process.env, progress: print, signal: controller.signal });
  await using started = await SimulatedBed.start({
    programs,
    clock: systemClock,
    signal: controller.signal,
    progress: print,
  });
  const results = await runCases(chosen, started.bed, {
    clock: systemClock,
    signal: controller.signal,
    print,
  });
  for (const line of [...faultReport(), ...rightsReport()]) print(line);
  const failed = results.filter((result) => result.failure !== undefined).length;
  print(`${results.length - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && results.length === chosen.length ? 0 : 1;
} catch (error) {
  console.error(`e2e: ${errorMessage(error)}`);
  process.exitCode = controller.signal.aborted ? 130 : 1;
}
