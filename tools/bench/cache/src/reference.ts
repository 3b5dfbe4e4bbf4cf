/** The same job the plainest way: client-node's informer over its custom objects API. */
import {
  CustomObjectsApi,
  KubeConfig,
  type KubernetesListObject,
  type KubernetesObject,
  makeInformer,
} from '@kubernetes/client-node';
import { report } from './report.ts';

const started = performance.now();
const config = new KubeConfig();
config.loadFromClusterAndUser(
  { name: 'bench', server: process.argv[2] ?? '', skipTLSVerify: true },
  { name: 'bench' },
);
const api = config.makeApiClient(CustomObjectsApi);
const list = async (): Promise<KubernetesListObject<KubernetesObject>> =>
  (await api.listClusterCustomObject({
    group: 'cxi.hpe.com',
    version: 'v1',
    plural: 'cxidevices',
  })) as KubernetesListObject<KubernetesObject>;
const informer = makeInformer(config, '/apis/cxi.hpe.com/v1/cxidevices', list);
await informer.start();
await report(
  (informer as unknown as { list(): readonly unknown[] }).list().length,
  performance.now() - started,
);
