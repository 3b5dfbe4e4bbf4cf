import { type Clock, HwError } from '@rackwright/core';
import { apiRequest } from './api-request.ts';
import type { Authority } from './authority.ts';
import type { Credentials, KubeConnection } from './connection.ts';

/** A user known by a client certificate that is issued on first use. */
export function certificateConnection(
  server: string,
  authority: Authority,
  user: string,
  groups: readonly string[],
): KubeConnection {
  let issued: Promise<Credentials> | undefined;
  return {
    server,
    credentials: () => {
      issued ??= authority
        .issue({ commonName: user, organizations: groups })
        .then((pair) => ({ ca: authority.cert, ...pair }));
      return issued;
    },
  };
}

const tokenSeconds = 3600;

/** A ServiceAccount known by a token that is asked for again when most of its hour has passed. */
export function serviceAccountConnection(
  admin: KubeConnection,
  account: { readonly namespace?: string; readonly name: string },
  clock: Clock,
): KubeConnection {
  const namespace = account.namespace ?? 'default';
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account.name}/token`;
  let token = '';
  let renewAt = 0;
  return {
    server: admin.server,
    namespace,
    credentials: async () => {
      if (clock.now() >= renewAt) {
        token = await requestToken(admin, path);
        renewAt = clock.now() + tokenSeconds * 800;
      }
      const { ca } = await admin.credentials();
      return { token, ...(ca === undefined ? {} : { ca }) };
    },
  };
}

async function requestToken(admin: KubeConnection, path: string): Promise<string> {
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: tokenSeconds },
  };
  const answer = await apiRequest(admin, 'POST', path, { body });
  const parsed: unknown = JSON.parse(answer.body);
  const token = (parsed as { status?: { token?: unknown } }).status?.token;
  if (answer.status === 201 && typeof token === 'string') return token;
  const code = answer.status === 404 ? 'NotFound' : 'Internal';
  throw new HwError(code, `no token from POST ${path}: ${answer.status} ${answer.body}`);
}
