import { ais } from '@rackwright/keys';
import { credentialsOf, missingCredentials } from '../manifests/credentials.ts';
import type { World } from './plan.ts';
import { lookAgainMs, type Waiting } from './role-plan.ts';

/**
 * What a spec names that does not exist: no pod could start without it, so those that run are not
 * replaced, and nothing else about pods is changed.
 */
export function lackOf({ snapshot, owner, effective }: World): Waiting | undefined {
  const { related } = snapshot;
  const again = { reason: ais.reason.referenceMissing, againAfterMs: lookAgainMs.proxies };
  if (!related.hasCertManager)
    return {
      ...again,
      message: 'there is no kind Certificate: install cert-manager, or name a Secret in tls.secretName',
    };
  const missing = missingCredentials(credentialsOf(owner.name, effective), related.credentials);
  if (missing.length === 0) return undefined;
  const verb = missing.length === 1 ? 'does' : 'do';
  return { ...again, message: `${missing.join(', ')} ${verb} not exist in namespace ${owner.namespace}` };
}
