export type { HandlerBehaviour } from './cxi-rh/behaviour.ts';
export {
  canMountStats,
  FailingFiles,
  type Fault,
  faults,
  type GarbageKind,
  garbageKinds,
  randomFailures,
} from './faults/index.ts';
export type { NicFunction } from './host/nic.ts';
export { SimulatedHost } from './host/simulated-host.ts';
export type { HostSpec, NicSpec } from './host/spec.ts';
export * from './kubelet/index.ts';
