/** Signals that ask to stop. */
type StopSignal = 'SIGTERM' | 'SIGINT';

let early: StopSignal | undefined;
const remember = (signal: StopSignal): void => {
  early ??= signal;
};
const stopSignals = ['SIGTERM', 'SIGINT'] as const;

// The kernel drops a signal to PID 1 that has no handler (pid_namespaces(7)), and a kubelet sends
// SIGTERM once: without this, a pod that is deleted while its bundle is still being read, which
// takes a second under a CPU limit, stays for its whole grace period. Elsewhere the signal's own
// effect is right.
if (process.pid === 1) for (const signal of stopSignals) process.on(signal, remember);

/** The signal that came before the app had its own handlers; asked once these are there. */
export function takeEarlySignal(): StopSignal | undefined {
  for (const signal of stopSignals) process.off(signal, remember);
  const taken = early;
  early = undefined;
  return taken;
}
