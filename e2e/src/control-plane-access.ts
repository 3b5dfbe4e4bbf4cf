import type { Clock } from '@rackwright/core';
import { SystemProcessRunner } from '@rackwright/host';
import { KubeClient } from '@rackwright/kube';
import { type ControlPlane, type ProgramResolver, umbrellaChart } from '@rackwright/testbed';
import { BackgroundCommand } from './background-command.ts';
import type { TestEnvironment } from './test-environment.ts';

/** The part of an environment that its control plane gives, whatever its nodes are. */
export type ControlPlaneAccess = Pick<
  TestEnvironment,
  | 'kube'
  | 'kubeconfig'
  | 'auditLog'
  | 'kubectl'
  | 'kubectlWithInput'
  | 'kubectlInBackground'
  | 'helm'
  | 'helm4'
  | 'kubeconform'
  | 'actionlint'
  | 'chart'
  | 'outages'
  | 'stopApiServer'
  | 'startApiServer'
>;

export function controlPlaneAccess(
  controlPlane: ControlPlane,
  { clock, programs }: { readonly clock: Clock; readonly programs: Pick<ProgramResolver, 'resolve'> },
): ControlPlaneAccess {
  const runner = new SystemProcessRunner(clock);
  const outages: { from: number; to: number }[] = [];
  return {
    kube: new KubeClient({ connection: controlPlane.admin(), clock, userAgent: 'rackwright-e2e' }),
    kubeconfig: controlPlane.adminKubeconfig,
    auditLog: controlPlane.auditLog,
    kubectl: (...args) => controlPlane.kubectl(...args),
    kubectlWithInput: async (input, ...args) => {
      const kubectl = await programs.resolve('kubectl');
      return runner.run([kubectl, '--kubeconfig', controlPlane.adminKubeconfig, ...args], { input });
    },
    kubectlInBackground: async (...args) => {
      const kubectl = await programs.resolve('kubectl');
      return BackgroundCommand.start([kubectl, '--kubeconfig', controlPlane.adminKubeconfig, ...args]);
    },
    helm: (...args) => controlPlane.helm(...args),
    helm4: async (...args) =>
      runner.run([await programs.resolve('helm4'), ...args, '--kubeconfig', controlPlane.adminKubeconfig]),
    actionlint: async (...args) => runner.run([await programs.resolve('actionlint'), ...args]),
    kubeconform: async (...args) => runner.run([await programs.resolve('kubeconform'), ...args]),
    chart: umbrellaChart,
    outages,
    stopApiServer: async () => {
      outages.push({ from: clock.now(), to: Number.POSITIVE_INFINITY });
      await controlPlane.stopApiServer();
    },
    startApiServer: async () => {
      await controlPlane.startApiServer();
      const last = outages.at(-1);
      if (last !== undefined) last.to = clock.now();
    },
  };
}

/** How many NICs a host has, and of which generation: what an environment says of a node's hardware. */
export function nicsOf(
  host: TestEnvironment['nodes'][number]['host'],
): TestEnvironment['nodes'][number]['nics'] {
  const [first] = host.hardware.cxi.functions();
  return {
    count: host.hardware.cxi.nics().length,
    ...(first === undefined ? {} : { generation: first.generation }),
  };
}
