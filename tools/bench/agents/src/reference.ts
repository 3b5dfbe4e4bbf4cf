/**
 * The reference: an agent written the plainest way, with client-node's informer
 * on CXIDevices, express and prom-client's default metrics.
 *
 * Usage: reference.mjs <kubeconfig> <address> <port>
 */
import { CustomObjectsApi, KubeConfig, type KubernetesObject, makeInformer } from '@kubernetes/client-node';
import express from 'express';
import { collectDefaultMetrics, Gauge, register } from 'prom-client';

const [kubeconfig = '', address = '127.0.0.1', port = '0'] = process.argv.slice(2);
const config = new KubeConfig();
config.loadFromFile(kubeconfig);
const api = config.makeApiClient(CustomObjectsApi);
const type = { group: 'cxi.hpe.com', version: 'v1', plural: 'cxidevices' };

const links = new Gauge({ name: 'link_state', help: 'State of each link.', labelNames: ['device'] });
const set = (object: KubernetesObject & { status?: { linkState?: string } }): void => {
  links.set({ device: object.metadata?.name ?? '' }, object.status?.linkState === 'up' ? 1 : 0);
};
const informer = makeInformer(config, '/apis/cxi.hpe.com/v1/cxidevices', () =>
  api.listClusterCustomObject(type),
);
informer.on('add', set);
informer.on('update', set);
informer.on('error', () => informer.start());
await informer.start();

collectDefaultMetrics();
const app = express();
app.get('/healthz', (_, response) => {
  response.send('ok');
});
app.get('/metrics', async (_, response) => {
  response.contentType(register.contentType).send(await register.metrics());
});
app.listen(Number(port), address);
