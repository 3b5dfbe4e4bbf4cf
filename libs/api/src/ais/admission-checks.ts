import { type KubeObject, type Node, resources } from '@rackwright/kube';
import type { AdmissionCheck, AdmissionLookup, AdmissionSubject } from '../admission/admission.ts';
import { isSameJson } from '../schema/same-json.ts';
import { roleField, roles } from './admission-places.ts';
import { mayRead } from './references.ts';
import { aistoreAuthProfiles } from './resources.ts';
import type { AisRole } from './role-schema.ts';
import type { AIStoreSpec } from './types.ts';

/** What is read of a spec that nobody but the CRD has checked. */
type Spec = Partial<AIStoreSpec>;

function specOf(object: KubeObject | undefined): Spec {
  return (object as { spec?: Spec } | undefined)?.spec ?? {};
}

/** The StorageClass of the state. */
function stateClassOf({ stateStorage, stateStorageClass }: Spec): string | undefined {
  return stateStorage === undefined ? stateStorageClass : stateStorage.pvc?.storageClass;
}

/** 11. A class that went away later is no reason to refuse a change of something else. */
const stateClass: AdmissionLookup = {
  ...{ name: 'state-class', field: 'spec.stateStorage.pvc.storageClass', action: 'deny' },
  ...{ gets: [resources.storageClasses] },
  failure: async ({ object, before }, cluster) => {
    const name = stateClassOf(specOf(object));
    if (name === undefined || name === '' || name === stateClassOf(specOf(before))) return undefined;
    const found = await cluster.get(resources.storageClasses, { name });
    return found === undefined
      ? `spec.stateStorage.pvc.storageClass: required storage class '${name}' not found; make it first, or choose another one`
      : undefined;
  },
};

/** 12. Who may not use a profile does not learn whether it is there. */
const profile: AdmissionLookup = {
  ...{ name: 'auth-profile', field: 'spec.auth.profileRef', action: 'deny', asksAccess: true },
  ...{ gets: [aistoreAuthProfiles] },
  failure: async (subject, cluster) => {
    const [name, was] = [subject.object, subject.before].map(
      (object) => specOf(object).auth?.profileRef?.name,
    );
    if (name === undefined || name === was) return undefined;
    const { requester } = subject;
    const { group, plural: resource } = aistoreAuthProfiles;
    const access = { verb: 'use', group, resource, name };
    if (requester === undefined || !(await cluster.mayAccess(requester, access)))
      return `spec.auth.profileRef.name: Forbidden: ${requester?.username ?? 'nobody'} is not authorized to use AIStoreAuthProfile ${name}; that takes the verb use on it`;
    return (await cluster.get(aistoreAuthProfiles, { name })) === undefined
      ? `spec.auth.profileRef.name: Invalid value: the referenced AIStoreAuthProfile does not exist: ${name}`
      : undefined;
  },
};

/**
 * 13. Whoever has the operator send a password somewhere must be able to read
 * it: any change of how the operator logs in counts, not that of the name alone.
 */
const loginSecret: AdmissionLookup = {
  ...{
    name: 'login-secret',
    field: 'spec.auth.usernamePassword',
    action: 'deny',
    asksAccess: true,
    gets: [],
  },
  failure: async (subject, cluster) => {
    const { object, before, requester } = subject;
    const [auth, was] = [specOf(object).auth, specOf(before).auth];
    const { secretName: name, secretNamespace } = auth?.usernamePassword ?? {};
    if (name === undefined || isSameJson(auth, was)) return undefined;
    const namespace = secretNamespace || (object?.metadata?.namespace ?? '');
    return (await mayRead(cluster, requester, { type: resources.secrets, namespace, name }))
      ? undefined
      : `spec.auth.usernamePassword.secretName: Forbidden: ${requester?.username ?? 'nobody'} is not authorized to use Secret ${namespace}/${name}; that takes the right to get it`;
  },
};

/** 10. Pods without a node wait for one. */
function fewNodes(role: AisRole): AdmissionCheck {
  return {
    ...{
      name: 'few-nodes',
      field: roleField(role, 'nodeSelector'),
      action: 'warn',
      reads: [resources.nodes],
    },
    failure: async (subject, cluster) => {
      const [wanted, was] = [demandOf(role, subject.object), demandOf(role, subject.before)];
      if (wanted === undefined || (subject.before !== undefined && isSameJson(wanted, was))) return undefined;
      let found = 0;
      const enough = await cluster.some<Node>(resources.nodes, ({ metadata }) => {
        if (hasLabels(metadata?.labels ?? {}, wanted.nodeSelector)) found++;
        return found >= wanted.size;
      });
      return enough
        ? undefined
        : `${roleField(role, 'nodeSelector')} matches ${found} nodes, fewer than the ${wanted.size} that ${role} pods need; the others wait`;
    },
  };
}

interface Demand {
  readonly size: number;
  readonly nodeSelector: Readonly<Record<string, string>>;
}

/** Nodes a role needs; undefined where pods share nodes, or nodes say how many pods there are. */
function demandOf(role: AisRole, object: KubeObject | undefined): Demand | undefined {
  const spec = specOf(object);
  const own = role === 'proxy' ? spec.proxySpec : spec.targetSpec;
  const sharesNodes = role === 'target' && spec.targetSpec?.disablePodAntiAffinity === true;
  const size = spec.size === -1 ? -1 : (own?.size ?? spec.size ?? 0);
  return sharesNodes || size < 1 ? undefined : { size, nodeSelector: own?.nodeSelector ?? {} };
}

function hasLabels(
  labels: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

/** Two claims that would have one name: dashes and slashes are the same in it. */
const volumeNames: AdmissionCheck = {
  ...{ name: 'volume-name-twice', field: 'spec.targetSpec.mounts', action: 'deny', reads: [] },
  failure: async ({ object, before }: AdmissionSubject) => {
    const [mounts = [], was] = [object, before].map((one) => specOf(one).targetSpec?.mounts);
    if (isSameJson(mounts, was)) return undefined;
    const names = mounts
      .filter(({ useHostPath }) => useHostPath !== true)
      .map(({ path }) => path.replaceAll('/', '-'));
    return new Set(names).size === names.length
      ? undefined
      : 'spec.targetSpec.mounts: two paths differ in dashes and slashes only, so that their claims would have one name';
  },
};

/** What must be counted in the cluster about an AIStore, or computed. */
export const aistoreChecks: readonly AdmissionCheck[] = [volumeNames, ...roles.map(fewNodes)];

/** What must be looked up. */
export const aistoreLookups: readonly AdmissionLookup[] = [stateClass, profile, loginSecret];
