export { socketFolder } from '@rackwright/grpc/testing';
export { PlainKubelet, type PlainPlugin } from './plain-kubelet.ts';
export { type HeldBy, PlainPodResources } from './plain-pod-resources.ts';
