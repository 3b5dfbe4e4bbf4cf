import { type KubeClient, type Regarding, resources } from '@rackwright/kube';
import type { Installation } from './installation.ts';
import { tokenAccount } from './token.ts';

/** Who we are. */
export interface OwnInstallation {
  readonly self: Installation;
  /** Our pod; absent outside of a cluster. */
  readonly pod?: Regarding;
}

/** The account of config/, for an operator that somebody runs outside of the cluster. */
const defaultAccount = 'slingshot-operator';

/**
 * The installation this process works for: the account `given` names, or else
 * that of our token.
 *
 * @throws KubeError when an account that is not our token's cannot be asked for
 */
export async function ownInstallation(
  client: Pick<KubeClient, 'list' | 'connection'>,
  { namespace, account }: { readonly namespace: string; readonly account: string | undefined },
  signal: AbortSignal,
): Promise<OwnInstallation> {
  const { token } = await client.connection.credentials();
  const own = account === undefined ? tokenAccount(token) : undefined;
  if (own === undefined) {
    const name = account ?? defaultAccount;
    const options = { namespace, fieldSelector: `metadata.name=${name}`, signal };
    const { items } = await client.list(resources.serviceAccounts, options);
    return { self: { namespace, name, uid: items[0]?.metadata?.uid ?? '' } };
  }
  const { account: self, pod } = own;
  if (pod === undefined) return { self };
  return { self, pod: { apiVersion: 'v1', kind: 'Pod', namespace: self.namespace, ...pod } };
}
