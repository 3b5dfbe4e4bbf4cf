export { activeObject } from './active-object.ts';
export { type ActiveState, whileActing } from './active-state.ts';
export {
  type Agent,
  type AgentIdentity,
  type AgentPlacement,
  agentDaemonSet,
} from './agent/daemon-set.ts';
export {
  type AgentDescriptor,
  type AgentRights,
  nonRoot,
  type Privileges,
  rootWithoutCapabilities,
} from './agent/descriptor.ts';
export {
  containerHostRoot,
  type HostMount,
  hostFolder,
  type NodeLayout,
  volumeMountOf,
  volumeOf,
} from './agent/host-mounts.ts';
export { noVirtualNodes, virtualNodeSelectors } from './agent/virtual-nodes.ts';
export { connect } from './connection.ts';
export { controllerMetrics } from './controller-metrics.ts';
export {
  type ControllerOptions,
  controllerOptions,
  controllersOption,
  crdsOf,
} from './controller-options.ts';
export type {
  ControllerContext,
  ControllerParts,
  ControllerRegistration,
  ServingParts,
} from './controller-parts.ts';
export { CrdCheck, type CrdCheckOptions } from './crd-check.ts';
export { crdFindings } from './crd-findings.ts';
export { addFinalizer, dropFinalizer, type Finalizer, isTerminating } from './finalizer.ts';
export type { InformerView } from './informer-view.ts';
export { type ManagerSpec, runManager } from './manager.ts';
export { connectionOptions, leaderOptions, type ManagerConfig } from './options.ts';
export {
  type Attempt,
  earliest,
  type Failure,
  type ReconcilePlan,
  Reconciler,
  type ReconcilerOptions,
  type ReconcileSteps,
  type Report,
  regardingOf,
  type StoredObject,
} from './reconciler.ts';
export { type AgentFailure, describeFailures } from './rollout/agent-failure.ts';
export { AgentInspector, type Inspection, type InspectorOptions } from './rollout/agent-inspector.ts';
export { newestDaemonSets, planFailureOf } from './rollout/attempted.ts';
export { readyNodes } from './rollout/availability.ts';
export type { Impairment, PlanFailure } from './rollout/component-state.ts';
export { agentOf, type RolloutAgent, type RolloutKind } from './rollout/kind.ts';
export type { NodeCounts } from './rollout/node-counts.ts';
export type { PreviousStatus, Progress } from './rollout/progress.ts';
export {
  awaitedDaemonSets,
  type RolloutInput,
  type RolloutReport,
  reportRollouts,
} from './rollout/report.ts';
export { componentOf, type Rollout, type RolloutCounts } from './rollout/rollout.ts';
export { SharedInformers, type WatchRequest } from './shared-informers.ts';
