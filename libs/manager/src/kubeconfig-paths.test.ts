import { expect, test } from '@jest/globals';
import { kubeconfigPaths } from './kubeconfig-paths.ts';

const files = ['/named', '/a', '/b', '/home/me/.kube/config'];
const exists = (path: string): boolean => files.includes(path);

test.each<[string, string | undefined, NodeJS.ProcessEnv, string[]]>([
  [
    'the file that is named, wherever it runs',
    '/named',
    { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBECONFIG: '/a' },
    ['/named'],
  ],
  [
    "the pod's own account in a cluster",
    undefined,
    { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBECONFIG: '/a', HOME: '/home/me' },
    [],
  ],
  [
    'those of KUBECONFIG that exist',
    undefined,
    { KUBECONFIG: '/a::/gone:/b', HOME: '/home/me' },
    ['/a', '/b'],
  ],
  ['the one in the home folder', undefined, { HOME: '/home/me' }, ['/home/me/.kube/config']],
  ['none when there is none', undefined, { HOME: '/home/nobody' }, []],
])('the API server is taken from %s', (_, named, env, paths) =>
  expect(kubeconfigPaths(named, env, exists)).toEqual(paths),
);
