import { resources } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { CaseNamespace, pod, server, service } from '../../case-namespace.ts';
import { expectEqual, expectThat } from '../../expect.ts';

export const network: readonly Case[] = [
  {
    name: 'a Service answers a pod by its name and by its address',
    async run(bed, record) {
      await CaseNamespace.use(bed, 'service', async (namespace) => {
        const containers = [server(['serve', '8080', 'from web'])];
        await namespace.apply(pod('web', { containers }), service('web', 'web'));
        const { status } = await namespace.untilReady('web');
        expectThat('the pod has a routable address', /^10\./.test(status?.podIP ?? ''), status);
        await namespace.untilEndpoint('web', status?.podIP);
        const key = { namespace: namespace.name, name: 'web' };
        const { spec } = await bed.kube.get(resources.services, key);
        const names = ['web', `web.${namespace.name}`, `web.${namespace.name}.svc`];
        const long = `web.${namespace.name}.svc.cluster.local`;
        for (const host of [...names, long, spec?.clusterIP, `${status?.podIP}:8080`]) {
          expectEqual(`http://${host}`, await namespace.fetch(`http://${host}/`), 'from web\n');
        }
        record('names that answer', names.length + 1);
      });
    },
  },
];
