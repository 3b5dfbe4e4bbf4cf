import { discovery } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import { type Checked, until } from '../../check.ts';
import type { DemoFamily } from '../../demo-family.ts';

/** `node-c1 2 cassini1`, for each node that has NICs. */
async function labelled({ kube }: Checked): Promise<string[]> {
  const { present, count, generation } = discovery.label.cxi;
  const { items } = await kube.list(resources.nodes, { labelSelector: `${present}=true` });
  return items.map(
    ({ metadata }) => `${metadata?.name} ${metadata?.labels?.[count]} ${metadata?.labels?.[generation]}`,
  );
}

export const demo: DemoFamily = {
  hosts: {},
  values: ['node-discovery.enabled=true'],
  resources: [],
  sections: async () => [],
  checks: [
    {
      what: 'nodes are labelled by their NICs',
      run: (checked) =>
        until(checked, 'labels phison.com/cxi.…', async () => {
          const wanted = checked.cluster.nodes.filter(({ host }) => host.hardware.cxi.nics().length > 0);
          const found = await labelled(checked);
          return found.length === wanted.length ? found.join(', ') : undefined;
        }),
    },
  ],
  faults: [],
  hints: () => ['kubectl get nodes --show-labels'],
};
