import { type Clock, formatDuration } from '@rackwright/core';
import { KubeClient } from '@rackwright/kube';
import {
  buildApps,
  demoNodes,
  installRackwright,
  ProgramResolver,
  SimulatedCluster,
} from '@rackwright/testbed';
import { type Checked, runChecks } from './check.ts';
import { type DemoFamily, loadDemoFamilies } from './demo-family.ts';
import { hints } from './hints.ts';
import { render } from './render.ts';
import { Screen } from './screen.ts';
import { readStatus } from './status.ts';

/** How the demo runs. */
export interface DemoOptions {
  /** Check and end instead of showing until Ctrl-C. */
  readonly once: boolean;
  /** Families that are shown; every one if there is none. */
  readonly suites: readonly string[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly stdout: NodeJS.WriteStream;
}

/** Runs the demo to its end; returns the exit code. */
export async function runDemo({ once, suites, clock, signal, stdout }: DemoOptions): Promise<number> {
  const screen = new Screen(stdout);
  const started = clock.monotonic();
  const elapsed = (): string => formatDuration(Math.round((clock.monotonic() - started) / 100) * 100);
  const progress = (line: string): void => screen.print(`[${elapsed().padStart(6)}] ${line}`);
  const programs = new ProgramResolver({ env: process.env, clock, progress });
  await programs.resolveAll(
    ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl', 'helm'],
    signal,
  );
  await buildApps({ clock, env: process.env, progress, signal });
  const families = await loadDemoFamilies(suites);
  const sidecars = families.flatMap((family) => family.sidecars ?? []);
  const nodes = demoNodes.map((node) => ({
    ...node,
    host: Object.assign({}, node.host, ...families.map(({ hosts }) => hosts[node.name])),
  }));
  await using cluster = await SimulatedCluster.start({ programs, nodes, sidecars, clock, progress, signal });
  const set = families.flatMap(({ values }) => values);
  const installation = await installRackwright(cluster.controlPlane, { clock, progress, signal, set });
  await using kube = new KubeClient({
    connection: cluster.controlPlane.admin(),
    clock,
    userAgent: 'rackwright-demo',
  });
  const checked: Checked = { cluster, kube, installation, clock, signal, progress };
  const checks = families.flatMap((family) => family.checks);
  const faults = once ? families.flatMap((family) => family.faults) : [];
  const failures = await runChecks([...checks, ...faults], checked);
  if (once) {
    screen.print('');
    for (const line of render(await readStatus(kube, installation.namespace, families), { events: 12 }))
      screen.print(line);
    screen.print(
      failures === 0
        ? `demo passed in ${elapsed()}`
        : `demo failed: ${failures} of its checks, after ${elapsed()}`,
    );
    return failures === 0 ? 0 : 1;
  }
  await showUntilStopped(screen, checked, families);
  return 0;
}

async function showUntilStopped(
  screen: Screen,
  checked: Checked,
  families: readonly DemoFamily[],
): Promise<void> {
  const { kube, installation, clock, signal } = checked;
  while (!signal.aborted) {
    const status = await readStatus(kube, installation.namespace, families).catch(() => undefined);
    if (status !== undefined)
      screen.frame([...render(status, { events: 8 }), ...hints(checked, status, families)]);
    await clock.sleep(1000, signal).catch(() => undefined);
  }
}
