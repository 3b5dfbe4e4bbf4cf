export { Canary } from './canary.ts';
export { DiskGuard } from './disk-guard.ts';
export { CacheKeeper, type CacheKeeperOptions } from './keeper.ts';
export type { CacheRecovery } from './recovery-action.ts';
export {
  type CacheLayout,
  type CachePermission,
  type CacheSettings,
  cacheLayouts,
} from './settings.ts';
export {
  type CacheBlocker,
  type CacheFailure,
  type CachePhase,
  type CacheState,
  cacheStates,
  type VolumeState,
} from './state.ts';
