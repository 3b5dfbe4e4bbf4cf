export { conditionReason } from './conditions.ts';
export { cxi } from './cxi.ts';
export { cxiEvent } from './cxi-events.ts';
export { cxiMetric } from './cxi-metrics.ts';
export { cxiReason } from './cxi-reasons.ts';
export { driverAgent } from './driver-agent.ts';
export { kubelet } from './kubelet.ts';
export { conditionType, kubernetes } from './kubernetes.ts';
export { rackwright } from './rackwright.ts';
