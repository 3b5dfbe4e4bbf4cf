export { AisClient, type AisClientOptions, type CallOptions } from './client.ts';
export {
  type AisNode,
  type ClusterMap,
  isActive,
  isHostOfPod,
  type NodeAddress,
  type NodeFlags,
  nodesOfPod,
} from './cluster-map.ts';
export { type ConfigDifference, configDrift } from './config-drift.ts';
export { normalDuration, normalSize } from './config-values.ts';
export { dialectOf } from './dialect.ts';
export {
  AisError,
  type AisErrorDetails,
  type AisReason,
  isAisError,
  isAuthError,
  isBusy,
  isNotFound,
  isNotReady,
  isRejected,
} from './error.ts';
export { isJsonObject, type JsonObject, type JsonValue, parseJson, writeJson } from './json.ts';
export {
  authnLogin,
  type ExchangeGrant,
  exchangeLogin,
  type LoginService,
  type PasswordGrant,
  passwordLogin,
  type UserPassword,
} from './login.ts';
export type { DecommissionOptions, Dialect, MaintenanceOptions, MembershipChange } from './membership.ts';
export type { AisObjects } from './objects.ts';
export { parseClusterMap } from './parse-cluster-map.ts';
export type { RebalanceStatus } from './rebalance.ts';
export type { AisTls } from './tls.ts';
export { type IssuedToken, type Login, TokenCache } from './token-cache.ts';
export { fixedToken, type TokenSource } from './token-source.ts';
