export { cdiAnnotation } from './cdi/annotation.ts';
export { checkCdiSpec } from './cdi/check.ts';
export { CdiFile, type CdiFileChange, formatCdiSpec, parseCdiSpec } from './cdi/file.ts';
export {
  type CdiDevice,
  type CdiDeviceNode,
  type CdiEdits,
  type CdiHook,
  type CdiMount,
  type CdiSpec,
  cdiFileName,
  cdiSpec,
  minimumVersion,
  qualifiedName,
} from './cdi/spec.ts';
export { readYaml } from './cdi/yaml.ts';
export {
  DevicePluginServer,
  type DevicePluginServerOptions,
} from './device-plugin-server.ts';
export * as deviceplugin from './gen/deviceplugin/v1beta1/api.ts';
export * as podresources from './gen/podresources/v1/api.ts';
export { fromGrpcStatus, toGrpcStatus } from './grpc-status.ts';
export type {
  ContainerGrant,
  HardwareProfile,
  OfferedDevice,
  PreferenceRequest,
} from './hardware-profile.ts';
export { countIds, sameDevices } from './messages.ts';
export { type PluginCall, type PluginObserver, silentObserver } from './observer.ts';
export { type HeldDevice, PodResourcesClient, type PodResourcesOptions } from './pod-resources.ts';
export { KUBELET_SOCKET } from './registration.ts';
export { type EndpointStatus, ResourceEndpoint } from './resource-endpoint.ts';
export { SHORTEST_SOCKET_NAME } from './socket-names.ts';
export { MAX_SOCKET_PATH, socketPath } from './socket-path.ts';
