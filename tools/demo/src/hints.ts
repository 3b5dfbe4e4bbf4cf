import type { Checked } from './check.ts';
import type { DemoFamily } from './demo-family.ts';
import type { ClusterStatus } from './status.ts';

/** The lines a user may type into another terminal. */
export function hints(checked: Checked, status: ClusterStatus, families: readonly DemoFamily[]): string[] {
  const { controlPlane, kubectlPath } = checked.cluster;
  const lines = [
    `export KUBECONFIG=${controlPlane.adminKubeconfig}`,
    `${kubectlPath} get hw -o wide`,
    ...families.flatMap((family) => family.hints(checked, status)),
    'Ctrl-C ends everything and leaves nothing behind.',
  ];
  return ['TRY', ...lines.map((line) => `  ${line}`)];
}
