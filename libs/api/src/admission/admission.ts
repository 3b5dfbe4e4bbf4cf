import type { KubeObject, ObjectKey, ResourceType } from '@rackwright/kube';
import type { Condition } from './condition.ts';

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE';

/** What must hold of every object, or somebody is warned where it does not. */
export interface AdmissionRule {
  /** In metrics; unique among the rules of a resource. */
  readonly name: string;
  /** The field that is wrong, from the root of the object. */
  readonly field: string;
  /** Names the field, says what must be and how to mend it. */
  readonly message: string;
  readonly holds: Condition;
  /** Requests it is about; default is CREATE and UPDATE. */
  readonly on?: readonly Operation[];
}

/** A question about the cluster, for a check that one object does not answer. */
export interface ClusterView {
  /** Every object of a kind, or those of one page after another until `found` says so. */
  some<T extends KubeObject>(type: ResourceType<T>, found: (object: T) => boolean): Promise<boolean>;
}

/** Questions about single objects, and about what somebody may do with them. */
export interface ClusterLookups {
  /** The object of that name; undefined where there is none. */
  get<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey): Promise<T | undefined>;
  /** Whether somebody may do something (SubjectAccessReview). */
  mayAccess(requester: Requester, access: Access): Promise<boolean>;
}

/** Who makes a request, as the API server knows them. */
export interface Requester {
  readonly username: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** Something that is done to an object (authorization.k8s.io/v1 ResourceAttributes). */
export interface Access {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name: string;
}

/** What an admission is asked about. */
export interface AdmissionSubject {
  readonly operation: Operation;
  readonly name: string;
  /** As it is to be; undefined on DELETE. */
  readonly object: KubeObject | undefined;
  /** As it was; undefined on CREATE. */
  readonly before: KubeObject | undefined;
  /** Who asks for it; undefined where nobody says. */
  readonly requester?: Requester;
}

/**
 * A rule that must look into the cluster, which a ValidatingAdmissionPolicy
 * cannot: only the webhook has it.
 */
export interface AdmissionCheck {
  readonly name: string;
  readonly field: string;
  readonly action: 'deny' | 'warn';
  readonly on?: readonly Operation[];
  /** Kinds it lists, in the whole cluster; what the installation may read comes from here. */
  readonly reads: readonly ResourceType<KubeObject>[];
  /** Looks only where it must; the message of a failure, or undefined. */
  readonly failure: (subject: AdmissionSubject, cluster: ClusterView) => Promise<string | undefined>;
}

/** The same for a check that reads single objects, or asks what somebody may do. */
export interface AdmissionLookup extends Omit<AdmissionCheck, 'reads' | 'failure'> {
  /** Kinds of what it reads, in the whole cluster; what the installation may read comes from here. */
  readonly gets: readonly ResourceType<KubeObject>[];
  /** It asks what somebody may do. */
  readonly asksAccess?: true;
  readonly failure: (subject: AdmissionSubject, cluster: ClusterLookups) => Promise<string | undefined>;
}

/** Changes an object before it is stored. */
export interface AdmissionMutation {
  /** Of the webhook, a domain name. */
  readonly webhook: string;
  readonly path: string;
  readonly operations: readonly Operation[];
  readonly failurePolicy: 'Fail' | 'Ignore';
  /** The object as it is to be stored; the same one for no change. */
  readonly mutate: (subject: AdmissionSubject) => KubeObject;
}

/** What is asked of admission-webhook about one resource. A family registers one for each of its kinds. */
export interface Admission {
  readonly resource: ResourceType<KubeObject>;
  /** Versions of the API that are looked at. */
  readonly versions: readonly string[];
  readonly validation: {
    /** Of the webhook, a domain name. */
    readonly webhook: string;
    readonly path: string;
    readonly operations: readonly Operation[];
    readonly rules: readonly AdmissionRule[];
    readonly warnings: readonly AdmissionRule[];
    readonly checks: readonly AdmissionCheck[];
    readonly lookups?: readonly AdmissionLookup[];
  };
  /** Defaults that a schema cannot say are mutations too. */
  readonly mutation?: AdmissionMutation;
}

/** The setting with prefixes of images that objects may name. */
export const allowedImagesSetting = 'allowedImages';

const writes: readonly Operation[] = ['CREATE', 'UPDATE'];

/** Whether a rule or check is about requests of this kind. */
export function isAbout(rule: { readonly on?: readonly Operation[] }, operation: Operation): boolean {
  return (rule.on ?? writes).includes(operation);
}
