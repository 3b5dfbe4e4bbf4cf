export { conditionReason } from './conditions.ts';
export { cxi } from './cxi.ts';
export { cxiEvent } from './cxi-events.ts';
export { cxiMetric } from './cxi-metrics.ts';
export { conditionType, kubernetes } from './kubernetes.ts';
export { rackwright } from './rackwright.ts';
