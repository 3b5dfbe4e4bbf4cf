import { aidaptivCache } from '@rackwright/keys';
import type { KubeClient } from '@rackwright/kube';

/** Claim of a token that was issued for a pod. */
const nodeClaim = 'authentication.kubernetes.io/node-name';
const timeoutMs = 5000;

/** What of a TokenReview (authentication.k8s.io/v1) is read. */
export interface TokenReview {
  readonly status?: {
    readonly authenticated?: boolean;
    readonly audiences?: readonly string[];
    readonly user?: {
      readonly username?: string;
      readonly extra?: Readonly<Record<string, readonly string[]>>;
    };
  };
}

/** Who holds a token: an exporter on a node, or why it is none. */
export type Caller =
  | { readonly node: string }
  | { readonly refusal: 'unauthenticated' | 'forbidden'; readonly message: string };

/** Asks the API server whose a token is. */
export async function reviewToken(
  client: Pick<KubeClient, 'request'>,
  token: string,
  signal: AbortSignal,
): Promise<TokenReview> {
  const spec = { token, audiences: [aidaptivCache.handshake.audience] };
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec };
  return client.request('POST', '/apis/authentication.k8s.io/v1/tokenreviews', { body, timeoutMs, signal });
}

/**
 * Whether a token is that of an exporter, and of which node: one that was issued
 * for its account, for handshakes, and for a pod. Anything less is refused.
 *
 * @param account user name of the exporters
 */
export function callerOf({ status = {} }: TokenReview, account: string): Caller {
  const { authenticated, audiences = [], user } = status;
  const { audience } = aidaptivCache.handshake;
  if (authenticated !== true || !audiences.includes(audience))
    return { refusal: 'unauthenticated', message: `send a token for the audience ${audience}` };
  if (user?.username !== account)
    return { refusal: 'forbidden', message: `${user?.username ?? 'nobody'} is not the account of exporters` };
  const [node] = user.extra?.[nodeClaim] ?? [];
  return node === undefined
    ? { refusal: 'forbidden', message: `the token lacks the claim ${nodeClaim}: it was issued for no pod` }
    : { node };
}
