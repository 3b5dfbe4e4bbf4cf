import { expect, test } from '@jest/globals';
import { rackwright } from '@rackwright/keys';
import { podWith } from '../testing/pods.ts';
import { networkEnv } from './network-env.ts';

const plain = { entrypoint: [] };
const workload = { entrypoint: [], usesNetworkProxy: true };
const annotated = podWith({}, { annotations: { [rackwright.annotation.networkProxy]: 'true' } });

test('a container that wants the network is told of its proxy, and of its namespace as the user', () => {
  const env = networkEnv('127.0.0.1:99', podWith({}), workload);
  expect(env).toMatchObject({ HTTP_PROXY: 'http://ns:pod@127.0.0.1:99', NODE_USE_ENV_PROXY: '1' });
  // The API server is on loopback.
  expect(env.NO_PROXY).toBe('localhost,127.0.0.1');
  expect(networkEnv('127.0.0.1:99', annotated, plain)).toEqual(env);
});

test.each([
  ['a node agent', '127.0.0.1:99', podWith({}), plain],
  [
    'a pod that says no',
    '127.0.0.1:99',
    podWith({}, { annotations: { [rackwright.annotation.networkProxy]: 'false' } }),
    plain,
  ],
  ['a workload on a node without the network', undefined, annotated, workload],
])('%s has no variable more', (_, proxy, pod, image) => expect(networkEnv(proxy, pod, image)).toEqual({}));
