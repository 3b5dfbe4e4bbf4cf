import type { Clock } from '@rackwright/core';
import type { Credentials, KubeClient, KubeConnection, ObjectKey } from '@rackwright/kube';
import type { Authority } from './authority.ts';

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
  admin: KubeClient,
  account: ObjectKey,
  ca: string,
  clock: Clock,
): KubeConnection {
  const namespace = account.namespace ?? 'default';
  let token = '';
  let renewAt = 0;
  return {
    server: admin.connection.server,
    namespace,
    credentials: async ({ fresh = false } = {}) => {
      if (fresh || clock.now() >= renewAt) {
        const key = { namespace, name: account.name };
        token = (await admin.createToken(key, { expirationSeconds: tokenSeconds })).token;
        renewAt = clock.now() + tokenSeconds * 800;
      }
      return { ca, token };
    },
  };
}
