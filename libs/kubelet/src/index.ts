export { fromGrpcStatus, MAX_SOCKET_PATH, socketPath, toGrpcStatus } from '@rackwright/grpc';
export {
  AssignmentTracker,
  type AssignmentTrackerOptions,
  type KnownAssignments,
} from './assignments/assignment-tracker.ts';
export type { Assignment, Assignments } from './assignments/assignments.ts';
export { cdiAnnotation } from './cdi/annotation.ts';
export { checkCdiSpec } from './cdi/check.ts';
export { CdiFile, type CdiFileChange, formatCdiSpec, parseCdiSpec } from './cdi/file.ts';
export { CdiFileFollower } from './cdi/file-follower.ts';
export { CdiFilePublisher, type CdiFilePublisherOptions } from './cdi/file-publisher.ts';
export { type CdiState, cdiObstacle, namedByCdi } from './cdi/named-by-cdi.ts';
export type { CdiPublisher, CdiPublisherOptions } from './cdi/publisher.ts';
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
export * as pluginregistration from './gen/pluginregistration/v1/api.ts';
export * as podresources from './gen/podresources/v1/api.ts';
export type {
  AllocateResponses,
  ContainerAllocateResponse,
  Device,
  HardwareProfile,
  PreferredAllocationRequest,
} from './hardware-profile.ts';
export { countIds, sameDevices } from './messages.ts';
export { noPluginMetrics, type PluginCall, type PluginMetrics } from './metrics/plugin-metrics.ts';
export {
  type Offer,
  type PrometheusPluginMetrics,
  prometheusPluginMetrics,
} from './metrics/prometheus-plugin-metrics.ts';
export { PluginSocket, type PluginSocketOptions } from './plugin-watcher/plugin-socket.ts';
export { PluginRegistrar, type PluginRegistrarOptions } from './plugin-watcher/registrar.ts';
export { type HeldDevice, PodResourcesClient, type PodResourcesOptions } from './pod-resources.ts';
export { deviceOf } from './profile/device-ids.ts';
export { needsAssignments, offeredDevices } from './profile/offered-devices.ts';
export type { HardwareDevice, ResourcePlan, Sharing } from './profile/plan.ts';
export { type DeviceFacts, preferredIds } from './profile/preferred-allocation.ts';
export { ResourceProfile, type ResourceProfileOptions } from './profile/resource-profile.ts';
export { KUBELET_SOCKET } from './registration.ts';
export { type EndpointStatus, ResourceEndpoint } from './resource-endpoint.ts';
export { SHORTEST_SOCKET_NAME } from './socket-names.ts';
