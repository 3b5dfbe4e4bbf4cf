import type { PodSpec } from '@rackwright/kube';
import type { Case } from '../case.ts';
import { expectEqual } from '../expect.ts';
import { podOf, renderChart } from '../render-chart.ts';

function placementOf(pod: PodSpec): object {
  const { imagePullSecrets, priorityClassName, nodeSelector, tolerations, affinity } = pod;
  return { imagePullSecrets, priorityClassName, nodeSelector, tolerations, affinity };
}

/** What the values of the charts come to, rendered by Helm. */
export const chartValues: readonly Case[] = [
  {
    name: "the pods of Helm's hooks run where the operator does and pull with its secrets",
    async run(bed) {
      const own = {
        priorityClassName: 'infra',
        nodeSelector: { pool: 'infra' },
        tolerations: [{ operator: 'Exists' }],
        affinity: { podAntiAffinity: {} },
      };
      const objects = await renderChart(bed, 'rackwright', {
        global: { imagePullSecrets: [{ name: 'registry' }] },
        'operator-manager': { ...own, imagePullSecrets: [{ name: 'own' }] },
      });
      const expected = { ...own, imagePullSecrets: [{ name: 'registry' }, { name: 'own' }] };
      expectEqual('the operator', placementOf(podOf(objects, 'Deployment')), expected);
      expectEqual('removal before an uninstall', placementOf(podOf(objects, 'Job')), expected);
      expectEqual('helm test', placementOf(podOf(objects, 'Pod')), expected);
    },
  },
];
