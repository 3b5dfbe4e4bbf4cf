export { adoptFields } from './adopt.ts';
export {
  Controller,
  type ControllerOptions,
  type ControllerSource,
  type Reconcile,
  type ReconcileResult,
} from './controller.ts';
export { type CompareOptions, differences } from './differences.ts';
export {
  type ActionOutcome,
  type ExecuteOptions,
  executePlan,
  type PlanWriter,
  throwFailure,
} from './execute.ts';
export { Informer, type InformerEvent, type InformerOptions } from './informer.ts';
export { LeaderElector, type LeaderElectorOptions } from './leader-elector.ts';
export { heldSpec, ObservedLease, releasedSpec } from './lease-record.ts';
export type { ControllerMetrics, ReconcileOutcome, WatchRestart } from './metrics.ts';
export { controllerOf, controllerReference } from './owner.ts';
export { NotOwned, type OwnerLabels } from './ownership.ts';
export { type Action, formatPlan, nextForegroundTimeoutMs, type PlanInput, planApply } from './plan.ts';
export { type HeldAction, RepairPace } from './repair-pace.ts';
export { type Indexers, ObjectStore } from './store.ts';
export { type ComponentState, type Condition, type Outcome, type Summary, summarise } from './summarise.ts';
export { TerminalError } from './terminal-error.ts';
export { WorkQueue, type WorkQueueOptions } from './work-queue.ts';
