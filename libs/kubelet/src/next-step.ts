/** How a resource stands with the kubelet at one moment. */
export interface Standing {
  /** What stands at our socket's path: our server's file, nothing of ours, or a successor's. */
  readonly socket: 'ours' | 'none' | 'taken';
  /** Identity of the kubelet's socket, undefined while there is none. */
  readonly kubelet: string | undefined;
  /** Identity of the kubelet's socket at the last successful registration. */
  readonly registeredWith: string | undefined;
  /** Open ListAndWatch streams. */
  readonly streams: number;
  /** How long no stream has been open since the registration, in milliseconds. */
  readonly silentMs: number;
  /** How long the last failure forbids another try, in milliseconds. */
  readonly holdMs: number;
}

/** What a resource does next; `wait` without `ms` waits for a change only. */
export type Step = { readonly kind: 'listen' | 'register' } | { readonly kind: 'wait'; readonly ms?: number };

/**
 * How long a registration may stay without a stream. The kubelet opens one at
 * once; if it has none it has dropped the plugin. It does so by mistake too:
 * when the stream of an earlier registration ends late, it disconnects the
 * newer one of the same resource
 * (pkg/kubelet/cm/devicemanager/plugin/v1beta1/handler.go, runClient).
 */
export const SILENCE_MS = 2000;

/** Decides what keeps a resource served and known to the kubelet. */
export function nextStep(standing: Standing): Step {
  const { socket, kubelet, registeredWith, streams, silentMs, holdMs } = standing;
  if (socket === 'none') return holdMs > 0 ? { kind: 'wait', ms: holdMs } : { kind: 'listen' };
  // A successor has come, as in a rolling update: taking the path back would be a fight.
  if (socket === 'taken' || kubelet === undefined) return { kind: 'wait' };
  const known = registeredWith === kubelet;
  if (known && streams > 0) return { kind: 'wait' };
  const wait = Math.max(holdMs, known ? SILENCE_MS - silentMs : 0);
  return wait > 0 ? { kind: 'wait', ms: wait } : { kind: 'register' };
}
