/** What a drive is, in the order of the way through a failure and back. */
export const healthStates = [
  'Unknown',
  'Healthy',
  'Degraded',
  'Suspect',
  'Unhealthy',
  'Recovering',
  'Quarantined',
  'Removed',
] as const;
export type HealthState = (typeof healthStates)[number];

/** Whether pods may get a drive in this state; what the kubelet is told. */
export function isAllocatable(state: HealthState): boolean {
  return state === 'Healthy' || state === 'Degraded' || state === 'Suspect';
}
