import { type CxiDriver, parseCxiDriver } from '@rackwright/api';
import type { CxiSettings } from '../cxidriver/settings.ts';

/** What an ordinary installation says. */
export const testSettings: CxiSettings = {
  namespace: 'slingshot-system',
  images: {
    'driver-agent': 'registry.test/driver-agent:1.0.0',
    'device-plugin': 'registry.test/cxi-device-plugin:1.0.0',
    'retry-handler': 'registry.test/retry-handler:1.0.0',
    'metrics-exporter': 'registry.test/cxi-metrics-exporter:1.0.0',
  },
  allowedImages: [],
  imagePullSecrets: [],
  architectures: ['amd64'],
  seLinuxType: '',
  hostRoot: '/',
  kubeletDir: '/var/lib/kubelet',
  driverAgentRole: 'slingshot-operator-driver-agent',
};

/** A CXIDriver as the API server would have stored it. */
export function storedDriver(spec: object = {}, metadata: object = {}): CxiDriver {
  const result = parseCxiDriver({
    apiVersion: 'cxi.hpe.com/v1',
    kind: 'CXIDriver',
    metadata: {
      name: 'cxi',
      uid: 'c0ffee00-0000-0000-0000-000000000001',
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
      finalizers: ['cxi.hpe.com/finalizer'],
      ...metadata,
    },
    spec: { version: '13.0.0', ...spec },
  });
  if (!result.ok) throw result.error;
  return result.value;
}
