import { conditionType } from '@rackwright/keys';
import type { KubeObject } from '@rackwright/kube';
import { isTerminating } from '@rackwright/manager';
import { claimOf, installationName } from '../claim/installation.ts';
import { nameOf } from '../cxidriver/manifests/identity.ts';
import { type Plan, planDeletion } from '../cxidriver/plan.ts';
import { recordedDriver } from '../cxidriver/singleton.ts';
import { driverOf } from '../cxidriver/snapshot.ts';
import type { RemovalState, StoredDriver } from './state.ts';

/** What is to be taken away. */
export interface RemovalRequest {
  /** Names of CXIDrivers. */
  readonly named: readonly string[];
  /** What becomes of CXIDrivers that are not named, unless their agents run in another namespace. */
  readonly others: 'ignore' | 'refuse' | 'remove';
  /** Delete nothing; only finish what is being deleted. */
  readonly finish: boolean;
  /** Namespace of the operator. */
  readonly namespace: string;
  /** Its ServiceAccount; any of the namespace when left out. */
  readonly account?: string;
}

/** The next thing to do. */
export type RemovalStep =
  | { readonly kind: 'refuse'; readonly others: readonly string[] }
  | { readonly kind: 'delete'; readonly drivers: readonly KubeObject[] }
  /** An operator does the rest. */
  | { readonly kind: 'wait'; readonly message: string }
  /** Nobody else does it. */
  | { readonly kind: 'carryOut'; readonly driver: KubeObject; readonly plan: Plan }
  /** What was asked for is gone, but for what another installation looks after. */
  | { readonly kind: 'done'; readonly left: readonly string[] };

/** Decides it from what is there. The same state gives the same step. */
export function nextStep(state: RemovalState, request: RemovalRequest): RemovalStep {
  const others = state.drivers.filter((driver) => isOther(driver, state, request));
  if (request.others === 'refuse' && others.length > 0) return { kind: 'refuse', others: others.map(nameOf) };
  const isTheirs = (driver: KubeObject): boolean => isClaimed(driver, request) === false;
  const named = state.drivers.filter((driver) => request.named.includes(nameOf(driver)) && !isTheirs(driver));
  const wanted = [...named, ...(request.others === 'remove' ? others : [])];
  const alive = wanted.filter((driver) => !isTerminating(driver));
  if (alive.length > 0 && !request.finish) return { kind: 'delete', drivers: alive };
  const [ending] = wanted.filter(isTerminating);
  if (ending === undefined) return { kind: 'done', left: state.drivers.filter(isTheirs).map(whoseItIs) };
  if (state.leader !== undefined) return { kind: 'wait', message: whyItStays(ending) };
  return { kind: 'carryOut', driver: ending, plan: planFor(ending, state, request) };
}

/**
 * A CXIDriver nobody named that would be left without an operator. One that is
 * ignored now counts too: with the named ones gone it would be rolled out.
 */
function isOther(driver: KubeObject, { daemonSets }: RemovalState, request: RemovalRequest): boolean {
  if (request.named.includes(nameOf(driver))) return false;
  const claimed = isClaimed(driver, request);
  if (claimed !== undefined) return claimed;
  const own = daemonSets.filter((daemonSet) => driverOf(daemonSet).includes(nameOf(driver)));
  return own.length === 0 || own.some(({ metadata }) => metadata?.namespace === request.namespace);
}

/** Whether it is the installation of the request that looks after a driver; undefined when nobody has said so. */
function isClaimed(driver: KubeObject, { namespace, account }: RemovalRequest): boolean | undefined {
  const claim = claimOf(driver);
  if (claim === undefined) return undefined;
  return claim.namespace === namespace && (account === undefined || claim.name === account);
}

function whoseItIs(driver: KubeObject): string {
  const claim = claimOf(driver);
  const installation = claim === undefined ? 'another' : installationName(claim);
  return `CXIDriver ${nameOf(driver)} is left to installation ${installation}, which looks after it`;
}

function planFor(driver: KubeObject, state: RemovalState, { namespace }: RemovalRequest): Plan {
  const name = nameOf(driver);
  const snapshot = {
    ...{ name, record: state.record, recorded: recordedDriver(state.record) },
    daemonSets: state.daemonSets.filter((daemonSet) => driverOf(daemonSet).includes(name)),
  };
  return planDeletion(driver, snapshot, { namespace });
}

function whyItStays({ metadata, status }: StoredDriver): string {
  const ready = status?.conditions?.find(({ type }) => type === conditionType.ready);
  const why = ready === undefined ? 'its status says nothing' : `${ready.reason}: ${ready.message}`;
  return `CXIDriver ${metadata?.name ?? ''} is being taken away: ${why}`;
}
