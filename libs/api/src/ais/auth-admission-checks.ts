import { type KubeObject, resources } from '@rackwright/kube';
import type { AdmissionLookup, AdmissionSubject, ClusterLookups } from '../admission/admission.ts';
import { keysOf, mayRead, type Reference } from './references.ts';
import type { AIStoreAuthProfileSpec, AIStoreAuthSpec } from './types.ts';

type AuthSpec = Partial<AIStoreAuthSpec>;

function authSpecOf(object: KubeObject | undefined): AuthSpec {
  return (object as { spec?: AuthSpec } | undefined)?.spec ?? {};
}

/** A Secret that an AIStoreAuth names must be there. One that went away later is no reason to refuse other changes. */
function secretThere(field: 'adminSecret' | 'hmacSecret' | 'rsaPassphraseSecret'): AdmissionLookup {
  return {
    ...{ name: 'secret', field: `spec.${field}`, action: 'deny', gets: [resources.secrets] },
    failure: async ({ object, before }, cluster) => {
      const name = authSpecOf(object)[field]?.name;
      if (name === undefined || name === '' || name === authSpecOf(before)[field]?.name) return undefined;
      const namespace = object?.metadata?.namespace ?? '';
      const keys = await keysOf(cluster, { type: resources.secrets, namespace, name });
      return keys === undefined
        ? `spec.${field}.name: Not found: there is no Secret ${name} in the namespace ${namespace}`
        : undefined;
    },
  };
}

/** What must be looked up in the cluster about an AIStoreAuth. */
export const aistoreAuthLookups: readonly AdmissionLookup[] = [
  secretThere('adminSecret'),
  secretThere('hmacSecret'),
  secretThere('rsaPassphraseSecret'),
];

interface Named extends Reference {
  readonly keys: readonly string[];
}

type ReferenceOf = (spec: Partial<AIStoreAuthProfileSpec>) => Named | undefined;

const loginSecret: ReferenceOf = ({ usernamePassword }) => {
  if (usernamePassword === undefined) return undefined;
  const { name, namespace, userKey, passKey } = usernamePassword.secret;
  return { type: resources.secrets, namespace, name, keys: [userKey, passKey] };
};

const authority: ReferenceOf = ({ tls }) => {
  if (tls?.caConfigMapRef === undefined) return undefined;
  const { namespace, name, key } = tls.caConfigMapRef;
  return { type: resources.configMaps, namespace, name, keys: [key] };
};

/**
 * What is wrong with what a profile refers to. Whoever has the operator send
 * something somewhere must be able to read it, at every change of the spec; and
 * only then learns whether it is there.
 */
async function problemOf(
  reference: ReferenceOf,
  { object, requester }: AdmissionSubject,
  cluster: ClusterLookups,
): Promise<{ readonly denial?: string; readonly unread?: string }> {
  const named = reference((object as { spec?: AIStoreAuthProfileSpec } | undefined)?.spec ?? {});
  if (named === undefined) return {};
  const what = `${named.type.kind} ${named.namespace}/${named.name}`;
  if (!(await mayRead(cluster, requester, named)))
    return {
      denial: `Forbidden: ${requester?.username ?? 'nobody'} is not authorized to use ${what}; that takes the right to get it`,
    };
  const keys = await keysOf(cluster, named);
  if (keys === undefined) return { denial: `Not found: there is no ${what}` };
  if (keys === 'unreadable')
    return { unread: `nobody looked for ${what}, as admission-webhook may not read it` };
  const missing = named.keys.find((key) => !keys.includes(key));
  return missing === undefined ? {} : { denial: `${what} has no key ${missing}` };
}

function referenceLookups(field: string, reference: ReferenceOf): AdmissionLookup[] {
  const gets = [resources.secrets, resources.configMaps];
  const lookup = (name: string, action: AdmissionLookup['action'], part: 'denial' | 'unread') => ({
    ...{ name, field, action, gets, asksAccess: true as const },
    failure: async (subject: AdmissionSubject, cluster: ClusterLookups) => {
      const problem = (await problemOf(reference, subject, cluster))[part];
      return problem === undefined ? undefined : `${field}: ${problem}`;
    },
  });
  return [lookup('reference', 'deny', 'denial'), lookup('reference-unread', 'warn', 'unread')];
}

/** What must be looked up in the cluster about an AIStoreAuthProfile. */
export const aistoreAuthProfileLookups: readonly AdmissionLookup[] = [
  ...referenceLookups('spec.usernamePassword.secret', loginSecret),
  ...referenceLookups('spec.tls.caConfigMapRef', authority),
];
