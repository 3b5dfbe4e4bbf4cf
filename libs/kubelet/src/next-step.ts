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
  /** Whether the kubelet has opened a stream since the registration. */
  readonly heard: boolean;
  /** How long no stream has been open since the registration, in milliseconds. */
  readonly silentMs: number;
  /** How long the last failure forbids another try, in milliseconds. */
  readonly holdMs: number;
}

/** What a resource does next; `wait` without `ms` waits for a change only. */
export type Step = { readonly kind: 'listen' | 'register' } | { readonly kind: 'wait'; readonly ms?: number };

/**
 * How long a registration may stay without a first stream. The kubelet opens
 * one at once; if it has none it has dropped the plugin.
 */
export const SILENCE_MS = 2000;

/**
 * How long after the kubelet closed the stream we register again. It closes the
 * stream of a plugin that is well when the stream of an earlier registration of
 * the same resource ends, which every rolling update does
 * (pkg/kubelet/cm/devicemanager/plugin/v1beta1/handler.go, runClient). Until we
 * are back the node has none of our devices; but the kubelet first notes that
 * we are gone, within the same breath, and would note it of a newer
 * registration too.
 */
export const REJOIN_MS = 10;

/** Decides what keeps a resource served and known to the kubelet. */
export function nextStep(standing: Standing): Step {
  const { socket, kubelet, registeredWith, streams, heard, silentMs, holdMs } = standing;
  if (socket === 'none') return holdMs > 0 ? { kind: 'wait', ms: holdMs } : { kind: 'listen' };
  // A successor has come, as in a rolling update: taking the path back would be a fight.
  if (socket === 'taken' || kubelet === undefined) return { kind: 'wait' };
  const known = registeredWith === kubelet;
  if (known && streams > 0) return { kind: 'wait' };
  const patience = heard ? REJOIN_MS : SILENCE_MS;
  const wait = Math.max(holdMs, known ? patience - silentMs : 0);
  return wait > 0 ? { kind: 'wait', ms: wait } : { kind: 'register' };
}
