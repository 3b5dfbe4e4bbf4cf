import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';

const path = '/validate-cxi-hpe-com-v1-cxidriver';
/** As many connections as an API server keeps to a webhook under such a load. */
const agent = new Agent({ keepAlive: true, maxSockets: 8 });

/** A CXIDriver with most of its fields, whose spec changes. */
const spec = {
  version: '13.0.0',
  source: { type: 'preinstalled', dkms: { platform: 'cassini' } },
  driverAgent: { switchIdMask: '0xfffc0' },
  retryHandler: { enabled: true, mode: 'daemonset', onCrash: 'markUnhealthy' },
  devicePlugin: { enabled: true, resourceName: 'hpe.com/cxi', sharingMode: 'shared', sharedCapacity: 100 },
  metricsExporter: { enabled: true, port: 9090, telemetry: ['default', 'pct_no_tct_nacks'] },
  updateStrategy: { type: 'RollingUpdate', maxUnavailable: '10%', healthCheckTimeout: '5m' },
  nodeSelector: { 'slingshot.hpe.com/nic.present': 'true' },
  priorityClassName: 'system-node-critical',
};
const object = (labels: object) => ({
  apiVersion: 'cxi.hpe.com/v1',
  kind: 'CXIDriver',
  metadata: { name: 'cxi', uid: 'u', resourceVersion: '7', labels },
});
const body = JSON.stringify({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: '8a1f2a8e-4b5f-4d55-9a0e-3f8f6f5a1c11',
    operation: 'UPDATE',
    resource: { group: 'cxi.hpe.com', version: 'v1', resource: 'cxidrivers' },
    name: 'cxi',
    object: { ...object({ a: 'b' }), spec },
    oldObject: { ...object({}), spec: { ...spec, version: '12.0.2' } },
  },
});

/** Asks once; fails unless the object is allowed. */
export async function review(port: number, ca: string): Promise<void> {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const sending = request({
    ...{ agent, ca, headers, path, port, host: '127.0.0.1', servername: 'localhost', method: 'POST' },
  });
  sending.end(body);
  const [response] = (await once(sending, 'response')) as [IncomingMessage];
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) text += chunk;
  if (!text.includes('"allowed":true')) throw new Error(`not allowed: ${response.statusCode} ${text}`);
}

/** Closes the connections that are kept. */
export function hangUp(): void {
  agent.destroy();
}
