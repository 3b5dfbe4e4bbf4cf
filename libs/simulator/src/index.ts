export type { NicFunction } from './host/nic.ts';
export { SimulatedHost } from './host/simulated-host.ts';
export type { HostSpec, NicSpec } from './host/spec.ts';
