export type { TopologyPolicy } from './devices/topology.ts';
export { KubeletDouble } from './kubelet-double.ts';
export type { KubeletOptions } from './kubelet-options.ts';
export { defaultTimings, type KubeletTimings } from './options.ts';
export { type ContainerRecord, containerId } from './runtime/container-record.ts';
export type { ContainerRuntime, ExecOutcome } from './runtime/container-runtime.ts';
export { builtInImages, type ImageResolver, type ImageSpec, imageName } from './runtime/images.ts';
export { ProcessGuard } from './runtime/process-guard.ts';
export type { ServingCredentials } from './server/kubelet-server.ts';
