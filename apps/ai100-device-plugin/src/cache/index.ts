export { DiskGuard } from './disk-guard.ts';
export { CacheKeeper } from './keeper.ts';
export type { PassOptions as CacheKeeperOptions } from './pass.ts';
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
