import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type Clock, HwError } from '@rackwright/core';
import type { Credentials, KubeConnection } from './connection.ts';

/** Where the kubelet mounts a pod's service account. */
const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Tokens live an hour and are replaced well before: a minute old is fresh enough. */
const rereadMs = 60_000;

/** What `inClusterConnection` looks at. */
export interface InClusterOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Folder that stands for the container's `/`; empty or `/` in a real container. */
  readonly containerRoot: string;
  readonly clock: Clock;
}

/** Whether the pod has a token to speak to the API server with. */
export function hasToken(env: NodeJS.ProcessEnv, containerRoot: string): boolean {
  const folder = containerRoot.replace(/\/+$/, '') + serviceAccountFolder;
  return (env.KUBERNETES_SERVICE_HOST ?? '') !== '' && existsSync(`${folder}/token`);
}

/**
 * The connection of a pod: server from KUBERNETES_SERVICE_HOST and _PORT, token,
 * CA and namespace from the mounted service account. Token and CA are read
 * again every minute and after a refused request, so rotation needs no restart.
 *
 * @throws HwError FailedPrecondition naming the variable or file that is missing
 */
export function inClusterConnection(options: InClusterOptions): KubeConnection {
  const folder = options.containerRoot.replace(/\/+$/, '') + serviceAccountFolder;
  const namespace = readNow(`${folder}/namespace`);
  readNow(`${folder}/token`);
  readNow(`${folder}/ca.crt`);
  let last: { readonly at: number; readonly credentials: Promise<Credentials> } | undefined;
  return {
    server: serverUrl(options.env),
    namespace,
    credentials: ({ fresh = false } = {}) => {
      const now = options.clock.monotonic();
      if (last === undefined || fresh || now - last.at >= rereadMs) {
        // A token is good for long after its last read: better an old one than none.
        const old = fresh ? undefined : last?.credentials;
        const read = readCredentials(folder);
        last = { at: now, credentials: old === undefined ? read : read.catch(() => old) };
        // A failed read must not be remembered for a minute.
        read.catch(() => {
          last = old === undefined ? undefined : { at: Number.NEGATIVE_INFINITY, credentials: old };
        });
      }
      return last.credentials;
    },
  };
}

function serverUrl(env: NodeJS.ProcessEnv): string {
  const host = env.KUBERNETES_SERVICE_HOST;
  const port = env.KUBERNETES_SERVICE_PORT;
  if (!host || !port)
    throw missing(`${host ? 'KUBERNETES_SERVICE_PORT' : 'KUBERNETES_SERVICE_HOST'} is not set`);
  return `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

async function readCredentials(folder: string): Promise<Credentials> {
  try {
    const [token, ca] = await Promise.all(
      ['token', 'ca.crt'].map((name) => readFile(`${folder}/${name}`, 'utf8')),
    );
    return { token: (token ?? '').trim(), ca: ca ?? '' };
  } catch (cause) {
    throw missing('the service account files cannot be read', cause);
  }
}

function readNow(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw missing(`${path} cannot be read`, cause);
  }
}

function missing(message: string, cause?: unknown): HwError {
  return new HwError('FailedPrecondition', message, {
    remedy: 'run in a pod whose service account token is mounted',
    cause,
  });
}
