export { KubeClient, type KubeClientOptions } from './client.ts';
export { type Credentials, fixedConnection, type KubeConnection } from './connection.ts';
export {
  ignoreNotFound,
  isConflict,
  isGone,
  isKubeError,
  isNamespaceEnding,
  isNotFound,
  isTransient,
  isUnanswered,
  KubeError,
  type KubeErrorDetails,
} from './error.ts';
export { EventRecorder, type EventRecorderOptions } from './event-recorder.ts';
export type { EventNote, Regarding } from './event-series.ts';
export { hasToken, type InClusterOptions, inClusterConnection } from './in-cluster.ts';
export type { ObjectList } from './list.ts';
export { microTime } from './micro-time.ts';
export {
  type KubeObject,
  keyOf,
  type ObjectKey,
  type ObjectMeta,
  type OwnerReference,
  parseKey,
} from './objects.ts';
export type * from './options.ts';
export { type Reachability, recoverySpreadMs } from './reachability.ts';
export { apiVersionOf, type ResourceType, resourceName, resourceType } from './resource-type.ts';
export { resources } from './resources.ts';
export { maxServerWaitMs } from './retry-after.ts';
export { TokenBucket, type TokenBucketOptions } from './token-bucket.ts';
export type * from './types/index.ts';
export type { WatchEvent } from './watch.ts';
export { isLeadershipLost, leadershipLost, type WriteFence } from './write-fence.ts';
