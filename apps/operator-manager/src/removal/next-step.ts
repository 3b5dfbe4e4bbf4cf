import { conditionType } from '@rackwright/keys';
import type { KubeObject } from '@rackwright/kube';
import { isTerminating } from '@rackwright/manager';
import { claimOf, installationName } from '../claim/installation.ts';
import type { RemovalPlan, RemovalScope, RemovalState, RemovedKind, RemovedObject } from './removed-kind.ts';

/** What is to be taken away. */
export interface RemovalRequest {
  /** Names of objects. */
  readonly named: readonly string[];
  /** What becomes of objects that are not named, unless their agents run in another namespace. */
  readonly others: 'ignore' | 'refuse' | 'remove';
  /** Delete nothing; only finish what is being deleted. */
  readonly finish: boolean;
  /** Namespace of the operator. */
  readonly namespace: string;
  /** Its ServiceAccount; any of the namespace when left out. */
  readonly account?: string;
}

/** The next thing to do. */
export type RemovalStep<P extends RemovalPlan> =
  | { readonly kind: 'refuse'; readonly others: readonly string[] }
  | { readonly kind: 'delete'; readonly objects: readonly RemovedObject[] }
  /** An operator does the rest. */
  | { readonly kind: 'wait'; readonly message: string }
  /** Nobody else does it. */
  | { readonly kind: 'carryOut'; readonly object: RemovedObject; readonly plan: P }
  /** What was asked for is gone, but for what another installation looks after. */
  | { readonly kind: 'done'; readonly left: readonly string[] };

/** What is there, and who works there. */
export interface RemovalSight<S extends RemovalState> {
  readonly state: S;
  /** The operator's replica that leads, undefined when no operator works. */
  readonly leader: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Decides it from what is there. The same sight gives the same step. */
export function nextStep<S extends RemovalState, P extends RemovalPlan>(
  kind: RemovedKind<S, P>,
  { state, leader, now }: RemovalSight<S>,
  request: RemovalRequest,
): RemovalStep<P> {
  const others = state.objects.filter((object) => isOther(kind, object, state, request));
  if (request.others === 'refuse' && others.length > 0) return { kind: 'refuse', others: others.map(nameOf) };
  const isTheirs = (object: KubeObject): boolean => isClaimed(object, request) === false;
  const named = state.objects.filter((object) => request.named.includes(nameOf(object)) && !isTheirs(object));
  const wanted = [...named, ...(request.others === 'remove' ? others : [])];
  const alive = wanted.filter((object) => !isTerminating(object));
  if (alive.length > 0 && !request.finish) return { kind: 'delete', objects: alive };
  const [ending] = wanted.filter(isTerminating);
  if (ending === undefined)
    return { kind: 'done', left: state.objects.filter(isTheirs).map((object) => whoseItIs(kind, object)) };
  const isLookedAfter = kind.isLookedAfter?.(ending) ?? true;
  if (leader !== undefined && isLookedAfter) return { kind: 'wait', message: whyItStays(kind, ending) };
  const scope: RemovalScope = { namespace: request.namespace, now };
  return { kind: 'carryOut', object: ending, plan: kind.plan(ending, state, scope) };
}

/**
 * An object nobody named that would be left without an operator. One that is
 * ignored now counts too: with the named ones gone it would be rolled out.
 */
function isOther<S extends RemovalState, P extends RemovalPlan>(
  kind: RemovedKind<S, P>,
  object: RemovedObject,
  state: S,
  request: RemovalRequest,
): boolean {
  if (request.named.includes(nameOf(object))) return false;
  const claimed = isClaimed(object, request);
  if (claimed !== undefined) return claimed;
  const own = kind.agentsOf(object, state);
  return own.length === 0 || own.some(({ metadata }) => metadata?.namespace === request.namespace);
}

/** Whether it is the installation of the request that looks after an object; undefined when nobody has said so. */
function isClaimed(object: KubeObject, { namespace, account }: RemovalRequest): boolean | undefined {
  const claim = claimOf(object);
  if (claim === undefined) return undefined;
  return claim.namespace === namespace && (account === undefined || claim.name === account);
}

type Named = Pick<RemovedKind, 'type'>;

function whoseItIs({ type }: Named, object: KubeObject): string {
  const claim = claimOf(object);
  const installation = claim === undefined ? 'another' : installationName(claim);
  return `${type.kind} ${nameOf(object)} is left to installation ${installation}, which looks after it`;
}

function whyItStays({ type }: Named, object: RemovedObject): string {
  const ready = object.status?.conditions?.find((condition) => condition.type === conditionType.ready);
  const why = ready === undefined ? 'its status says nothing' : `${ready.reason}: ${ready.message}`;
  return `${type.kind} ${nameOf(object)} is being taken away: ${why}`;
}

function nameOf({ metadata }: KubeObject): string {
  return metadata?.name ?? '';
}
