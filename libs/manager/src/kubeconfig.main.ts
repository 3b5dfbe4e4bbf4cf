import type { RequestOptions } from 'node:https';
import { delimiter } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { errorMessage, HwError } from '@rackwright/core';
import type { KubeConnection } from '@rackwright/kube';

/**
 * The connection the current context of a kubeconfig describes; several files are
 * merged as kubectl does. Tokens of exec plugins and OIDC are renewed as
 * client-node sees fit.
 *
 * @throws HwError InvalidArgument naming the file
 */
export function kubeconfigConnection(...paths: readonly string[]): KubeConnection {
  const config = new KubeConfig();
  for (const [i, path] of paths.entries()) read(config, path, i === 0);
  const path = paths.join(delimiter);
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) throw unusable(path, 'its current context names no cluster');
  const namespace = config.getContextObject(config.getCurrentContext())?.namespace;
  return {
    server: server.replace(/\/+$/, ''),
    ...(namespace === undefined ? {} : { namespace }),
    credentials: async () => {
      const options: RequestOptions = {};
      await config.applyToHTTPSOptions(options);
      return credentialsOf(options);
    },
  };
}

function read(config: KubeConfig, path: string, isFirst: boolean): void {
  try {
    if (isFirst) {
      config.loadFromFile(path);
      return;
    }
    const other = new KubeConfig();
    other.loadFromFile(path);
    add(config, other);
  } catch (cause) {
    throw unusable(path, errorMessage(cause), cause);
  }
}

/** As kubectl merges: of two things of one name the first counts. */
function add(config: KubeConfig, other: KubeConfig): void {
  config.clusters.push(...other.clusters.filter(({ name }) => !config.getCluster(name)));
  config.users.push(...other.users.filter(({ name }) => !config.getUser(name)));
  config.contexts.push(...other.contexts.filter(({ name }) => !config.getContextObject(name)));
  if (!config.getCurrentContext()) config.setCurrentContext(other.getCurrentContext());
}

function credentialsOf({ ca, cert, key, headers }: RequestOptions) {
  const { Authorization: authorization } = (headers ?? {}) as Readonly<Record<string, string | undefined>>;
  const token = authorization?.startsWith('Bearer ') ? authorization.slice('Bearer '.length) : undefined;
  return {
    ...(ca === undefined ? {} : { ca: String(ca) }),
    ...(cert === undefined ? {} : { cert: String(cert) }),
    ...(key === undefined ? {} : { key: String(key) }),
    ...(token === undefined ? {} : { token }),
  };
}

function unusable(path: string, why: string, cause?: unknown): HwError {
  const details = { field: '--kubeconfig', remedy: 'name a kubeconfig whose current context works' };
  return new HwError('InvalidArgument', `kubeconfig ${path}: ${why}`, { ...details, cause });
}
