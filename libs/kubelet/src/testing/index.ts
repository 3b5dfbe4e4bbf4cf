export { PlainKubelet, type PlainPlugin } from './plain-kubelet.ts';
export { type HeldBy, PlainPodResources } from './plain-pod-resources.ts';
export { socketFolder } from './socket-folder.ts';
