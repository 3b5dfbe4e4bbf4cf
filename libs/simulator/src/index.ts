export { aistoreBundle, aistoreImage, aistoreImages, aistoreScripts } from './aistore/images.ts';
export type { NicFunction } from './cxi/nic.ts';
export type { HandlerBehaviour } from './cxi/retry-handler/behaviour.ts';
export type { NicSpec } from './cxi/spec.ts';
export {
  canMountFuse,
  FailingFiles,
  type Fault,
  FrozenFolder,
  faults,
  type GarbageKind,
  garbageKinds,
  randomFailures,
} from './faults/index.ts';
export type { PciDeviceSpec } from './host/pci-devices.ts';
export type { HostHardware, HostSpec } from './kinds.ts';
export * from './kubelet/index.ts';
export type { NvmeSpec } from './nvme/spec.ts';
export type { PmemRegionSpec } from './pmem/spec.ts';
export { SimulatedHost } from './simulated-host.ts';
