import type { Condition } from '@rackwright/controller';
import type { KubeClient, KubeObject, ResourceType } from '@rackwright/kube';

/** An object as far as its removal looks at it. */
export type RemovedObject = KubeObject & { readonly status?: { readonly conditions?: readonly Condition[] } };

/** What is there at one moment of a removal; a family adds what it needs. */
export interface RemovalState {
  /** Every object of the kind; none without its CRD. */
  readonly objects: readonly RemovedObject[];
}

/** The least the plan of a removal says. */
export interface RemovalPlan {
  /** What is waited for or done, for people. */
  readonly message: string;
}

/** Where and when a removal looks. */
export interface RemovalScope {
  /** Namespace of the operator. */
  readonly namespace: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** A kind of objects that are rolled out and can be taken away without their operator. */
export interface RemovedKind<S extends RemovalState = RemovalState, P extends RemovalPlan = RemovalPlan> {
  readonly type: ResourceType<KubeObject>;
  /** What log lines call an object. */
  readonly logField: string;
  readState(client: KubeClient, scope: RemovalScope, signal: AbortSignal): Promise<S>;
  /** The agents of an object that nobody has a claim on: they tell which operator has rolled it out. */
  agentsOf(object: RemovedObject, state: S): readonly KubeObject[];
  /** Whether an operator that works takes an object away; default true. */
  isLookedAfter?(object: RemovedObject): boolean;
  /** What the operator would do next with an object that is being deleted. */
  plan(object: RemovedObject, state: S, scope: RemovalScope): P;
  carryOut(client: KubeClient, object: RemovedObject, plan: P, signal: AbortSignal): Promise<unknown>;
  /** Takes back what agents that are gone left in the cluster, where no object needs it any more. */
  takeBackRest(client: KubeClient, scope: RemovalScope, signal: AbortSignal): Promise<void>;
}
