import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { errorMessage, HwError } from '@rackwright/core';
import type { KubeConnection } from '@rackwright/kube';

/**
 * The connection the current context of a kubeconfig describes. Tokens of exec
 * plugins and OIDC are renewed as client-node sees fit.
 *
 * @throws HwError InvalidArgument naming the file
 */
export function kubeconfigConnection(path: string): KubeConnection {
  const config = new KubeConfig();
  try {
    config.loadFromFile(path);
  } catch (cause) {
    throw unusable(path, errorMessage(cause), cause);
  }
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
