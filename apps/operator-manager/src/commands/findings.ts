import { conditionType } from '@rackwright/keys';
import type { DaemonSet, KubeObject, ResourceType } from '@rackwright/kube';
import { standsBy } from '../claim/active-state.ts';
import { claimOf } from '../claim/installation.ts';

/** One line of what was looked at. */
export interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly message: string;
  /** Waiting does not mend it. */
  readonly final?: true;
}

/** One look at what a controller looks after. */
export interface Look {
  readonly findings: readonly Finding[];
  /** Much was read for it, so that the next look is to wait longer. */
  readonly large?: true;
}

/** The installation that is verified: the operator's namespace, and its ServiceAccount if that is known. */
export interface Self {
  readonly namespace: string;
  readonly account?: string;
}

type Kind = Pick<ResourceType, 'plural' | 'group' | 'kind'>;

interface WithConditions extends KubeObject {
  readonly status?: {
    readonly conditions?: readonly {
      type: string;
      status: string;
      reason?: string;
      message?: string;
      observedGeneration?: number | undefined;
    }[];
  };
}

/** Whether kinds are served, in the names that are, and what their CRDs lack of this version. */
export function kindFindings(
  kinds: readonly Kind[],
  served: readonly string[],
  crds: readonly string[],
): Finding[] {
  const lacking = crds.map((message) => ({ what: 'CRDs', ok: false, message }));
  return [...kinds.map((kind) => kindFinding(kind, served.includes(kind.plural))), ...lacking];
}

function kindFinding({ plural, group }: Kind, ok: boolean): Finding {
  return {
    what: `${plural}.${group}`,
    ok,
    message: ok ? 'served' : 'not served: apply the CRDs of this version',
  };
}

/** Whose the objects are, if another installation's; then how each of them stands. */
export function objectFindings(
  { kind }: Kind,
  objects: readonly WithConditions[],
  { self, fineReasons = [] }: { self: Self; fineReasons?: readonly string[] },
): Finding[] {
  if (objects.length === 0)
    return [{ what: kind, ok: true, message: 'there is none, so nothing is rolled out' }];
  const each = objects.map((object) => {
    const what = `${kind} ${object.metadata?.name ?? ''}`;
    return conditionFinding(what, object, { type: conditionType.ready, fineReasons });
  });
  return [...otherInstallation(kind, objects, self), ...each];
}

function otherInstallation(
  kind: string,
  objects: readonly KubeObject[],
  { namespace, account }: Self,
): Finding[] {
  const other = objects
    .flatMap((object) => claimOf(object) ?? [])
    .find((claim) => claim.namespace !== namespace || (account !== undefined && claim.name !== account));
  if (other === undefined) return [];
  return [{ what: 'installation', ok: false, message: standsBy(other, kind), final: true }];
}

/** How an object stands by one of its conditions; False is fine for some reasons. */
export function conditionFinding(
  what: string,
  { metadata, status }: WithConditions,
  { type, fineReasons = [] }: { type: string; fineReasons?: readonly string[] },
): Finding {
  const condition = status?.conditions?.find((one) => one.type === type);
  if (condition === undefined) return { what, ok: false, message: 'the operator has not looked at it yet' };
  if (condition.observedGeneration !== metadata?.generation) {
    return { what, ok: false, message: 'the operator has not seen its newest spec yet' };
  }
  const { reason = '', message = '' } = condition;
  const ok = condition.status === 'True' || fineReasons.includes(reason);
  return { what, ok, message: `${reason}: ${message}` };
}

/** Whether all pods of a DaemonSet are there. */
export function daemonSetFinding({ metadata, status = {} }: DaemonSet, { namespace }: Self): Finding {
  const { desiredNumberScheduled: desired = 0, numberAvailable: available = 0 } = status;
  const seen = (status.observedGeneration ?? 0) >= (metadata?.generation ?? 1);
  return {
    what: `DaemonSet ${metadata?.namespace === namespace ? '' : `${metadata?.namespace}/`}${metadata?.name ?? ''}`,
    ok: seen && available === desired,
    message: seen ? `${available} of ${desired} pods ready` : 'not seen by its controller yet',
  };
}

/** So many are named. */
const maxNamed = 20;

/** The first of many findings, and how many more there are. */
export function firstOf(what: string, findings: readonly Finding[]): Finding[] {
  const more = findings.length - maxNamed;
  if (more <= 0) return [...findings];
  return [...findings.slice(0, maxNamed), { what, ok: false, message: `and ${more} more` }];
}
