export { Backoff, type BackoffOptions } from './backoff.ts';
export { BoundedCalls, type BoundedCallsOptions } from './bounded-calls.ts';
export { type Clock, ManualClock, systemClock } from './clock.ts';
export { withDeadline } from './deadline.ts';
export { formatDuration, parseDuration } from './duration.ts';
export { type ErrorCode, type ErrorDetails, errorMessage, HwError, isHwError } from './errors.ts';
export { digestLength, fitName, fittedStem, maxLabelLength, maxNameLength } from './fit-name.ts';
export { Latest } from './latest.ts';
export { aborted, Lifetime, type Runnable } from './lifetime.ts';
export { type LogFields, type Logger, silentLogger } from './logger.ts';
export { elapsedSince, type Moment, momentOf } from './moment.ts';
export { Mutex } from './mutex.ts';
export { oneLine } from './one-line.ts';
export { compareNatural, compareText } from './order.ts';
export {
  addQuantities,
  compareQuantities,
  formatQuantity,
  nanosPerUnit,
  parseQuantity,
  type Quantity,
  quantityNumber,
  readQuantity,
  sameQuantity,
  wholeUnits,
} from './quantity.ts';
export type { QuantityFormat } from './quantity-units.ts';
export { extendedResourceName, isExtendedResourceName } from './resource-name.ts';
export { fail, ok, type Result } from './result.ts';
export { follows, telemetryAlone, telemetryProblem, type ValueRuleName, valueRules } from './value-rules.ts';
