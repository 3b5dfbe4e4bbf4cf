import type { Clock } from '@rackwright/core';
import { inClusterConnection, type KubeConnection } from '@rackwright/kube';
import { containerPath } from '@rackwright/service';
import { kubeconfigPaths } from './kubeconfig-paths.ts';

/** The door of the bundle that can read kubeconfigs. */
type KubeconfigModule = typeof import('./kubeconfig.main.ts');

/**
 * The API server to talk to: the one of `kubeconfig`, of the cluster this pod
 * runs in, or outside of one that of KUBECONFIG or ~/.kube/config. Kubeconfigs need a large library (exec plugins, OIDC, proxies),
 * so their reader is a file of its own, loaded only when asked for.
 *
 * @throws HwError FailedPrecondition outside of a cluster, InvalidArgument for a kubeconfig that cannot be used
 */
export async function connect(
  kubeconfig: string | undefined,
  env: NodeJS.ProcessEnv,
  clock: Clock,
): Promise<KubeConnection> {
  const paths = kubeconfigPaths(kubeconfig === undefined ? undefined : containerPath(kubeconfig, env), env);
  if (paths.length === 0) {
    return inClusterConnection({ env, containerRoot: containerPath('/', env), clock });
  }
  const file = import.meta.url.endsWith('.ts') ? './kubeconfig.main.ts' : './kubeconfig.js';
  const { kubeconfigConnection } = (await import(file)) as KubeconfigModule;
  return kubeconfigConnection(...paths);
}
