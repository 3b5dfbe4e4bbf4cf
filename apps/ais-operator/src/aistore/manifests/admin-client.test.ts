import { expect, test } from '@jest/globals';
import { sampleCluster } from '../../testing/sample.ts';
import { effectiveSpec } from '../effective.ts';
import { adminClient } from './admin-client.ts';

function podOf(change: Record<string, unknown>) {
  const cluster = sampleCluster(change);
  const owner = { name: 'ais', namespace: 'ais', object: cluster };
  const [made] = adminClient({ owner, effective: effectiveSpec(cluster.spec), url: 'http://ais-proxy' });
  return made?.spec?.template;
}

test('an admin client knows its cluster, the authorities it trusts and where tokens come from', () => {
  const pod = podOf({
    adminClient: { caConfigMap: { name: 'bundle' }, env: [{ name: 'A', value: 'b' }], labels: { a: 'b' } },
    auth: { serviceURL: 'https://authn.ais:52001', usernamePassword: { secretName: 'login' } },
    imagePullSecrets: [{ name: 'pull' }],
  });
  expect(pod?.metadata?.labels).toEqual({
    a: 'b',
    'app.kubernetes.io/name': 'ais-client',
    'app.kubernetes.io/component': 'client',
  });
  expect(pod?.spec).toMatchObject({
    ...{ serviceAccountName: 'default', automountServiceAccountToken: false },
    imagePullSecrets: [{ name: 'pull' }],
    volumes: [{ name: 'ais-ca', configMap: { name: 'bundle', optional: true } }],
  });
  expect(pod?.spec?.containers).toEqual([
    {
      ...{ name: 'ais-client', image: 'docker.io/aistorage/ais-util:latest', command: ['sleep', 'infinity'] },
      env: [
        { name: 'AIS_ENDPOINT', value: 'http://ais-proxy' },
        { name: 'A', value: 'b' },
        { name: 'AIS_CLIENT_CA', value: '/etc/ais-ca/trust-bundle.pem' },
        { name: 'AIS_AUTHN_URL', value: 'https://authn.ais:52001' },
      ],
      volumeMounts: [{ name: 'ais-ca', mountPath: '/etc/ais-ca', readOnly: true }],
    },
  ]);
});

test.each([[{}], [{ adminClient: { enabled: false } }]])('with %j there is none', (spec) => {
  expect(podOf(spec)).toBeUndefined();
});
