import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * The kubeconfig files to read, in the order of kubectl: the one that was named;
 * none in a pod, whose account is taken; those of KUBECONFIG that exist; the one
 * in the home folder. Empty when there is none.
 */
export function kubeconfigPaths(
  named: string | undefined,
  env: NodeJS.ProcessEnv,
  exists: (path: string) => boolean = existsSync,
): string[] {
  if (named !== undefined) return [named];
  if (env.KUBERNETES_SERVICE_HOST) return [];
  if (env.KUBECONFIG) return env.KUBECONFIG.split(delimiter).filter((path) => path !== '' && exists(path));
  const own = join(env.HOME ?? '', '.kube/config');
  return env.HOME && exists(own) ? [own] : [];
}
