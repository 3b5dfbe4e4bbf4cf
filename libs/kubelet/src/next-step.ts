/** How a resource stands with the kubelet at one moment. */
export interface Standing {
  /** Whether our server's socket file is there. */
  readonly served: boolean;
  /** Identity of the kubelet's socket, undefined while there is none. */
  readonly kubelet: string | undefined;
  /** Identity of the kubelet's socket at the last successful registration. */
  readonly registeredWith: string | undefined;
  /** Open ListAndWatch streams of the last registration. */
  readonly streams: number;
  /** Whether the kubelet has opened a stream since the registration. */
  readonly heard: boolean;
  /** How long no stream has been open since the registration, in milliseconds. */
  readonly silentMs: number;
  /** How long the last failure forbids another try, in milliseconds. */
  readonly holdMs: number;
  /** Sockets of plugins of the same resource that started before us and are still served. */
  readonly elders: number;
  /** Sockets of plugins of the same resource that started after us and are still served. */
  readonly younger: number;
  /** Whether the kubelet ties our devices to the end of any stream of the resource: see `loosen`. */
  readonly tie: Tie;
  /** How long the tie has been loose, in milliseconds. */
  readonly looseMs: number;
  /** How long ago another plugin of the resource ended, if one did since the registration. */
  readonly lostMs: number | undefined;
  /** Whether we were registered before: after a restart of the kubelet plugins come back in any order. */
  readonly again: boolean;
  /** How long ago we registered at a moment that was perhaps too early; undefined if it was not. */
  readonly hastyMs: number | undefined;
  /** Something stands in the way of the first registration: how much longer that is waited for; else undefined. */
  readonly patienceMs: number | undefined;
}

/** `kept`: as the kubelet does it; `loose`: see `loosen`; `settled`: kept, and it stays so. */
export type Tie = 'kept' | 'loose' | 'settled';

/**
 * What a resource does next; `wait` without `ms` waits for a change only.
 *
 * `hold`: a wait before the first registration, while nothing could be handed
 * out. Without an elder that has an end: the node is to show its devices, and
 * why they cannot be had.
 *
 * `rejoin`: a registration that cannot wait and may come too early, so that
 * another follows when all is calm. If the kubelet (up to 1.36) is held up
 * between closing the stream and noting that its plugin has gone, it notes it
 * of the new one: that is listened to, yet every Allocate fails, and after five
 * minutes the resource is gone. After a restart of the kubelet an elder may
 * register after us. Another registration puts both right and harms nothing.
 *
 * `loosen`: in a rolling update the new plugin registers beside the old one,
 * and up to Kubernetes 1.36 the end of the old one's stream makes the kubelet
 * disconnect the new one and take all devices as unhealthy. A registration that
 * fails on purpose undoes that (`decoy.ts`), at a price: the kubelet does not
 * notice our end either. So once the old plugin has gone we register again, and
 * the first stream stays open beside the second. If we are killed in between,
 * the kubelet believes in the devices until the container has restarted or the
 * old plugin, which sees us end, has registered again.
 */
export type Step = { readonly kind: Deed } | { readonly kind: 'wait' | 'hold'; readonly ms?: number };

/** What can be done: see `Step`. */
export type Deed = 'listen' | 'register' | 'rejoin' | 'loosen';

/**
 * How long a registration may stay without a first stream. The kubelet opens
 * one at once; if it has none it has dropped the plugin.
 */
export const SILENCE_MS = 2000;

/**
 * How long after the kubelet closed the stream we register again. It closes the
 * stream of a plugin that is well when an elder ends before `loosen` was done
 * (pkg/kubelet/cm/devicemanager/plugin/v1beta1/handler.go, runClient). Until we
 * are back the node has none of our devices; but the kubelet first notes that
 * we are gone, mostly within the same breath, and would note it of a newer
 * registration too: see `rejoin`.
 */
export const REJOIN_MS = 10;

/**
 * How long after an elder's end we register again while loose, and after a
 * hasty registration. Nothing hurries, and the kubelet must have dealt with
 * the stream that ended by then.
 */
export const CALM_MS = 1000;

/** How long we stay loose at most: an elder that lives longer is no longer being replaced. */
export const LOOSE_MS = 120_000;

/** Decides what keeps a resource served and known to the kubelet. */
export function nextStep(standing: Standing): Step {
  const { served, kubelet, registeredWith, streams, heard, silentMs, holdMs, elders, patienceMs } = standing;
  // Our first list would take the place of the elder's, which can be handed out.
  if (patienceMs !== undefined && elders > 0) return { kind: 'hold' };
  if (patienceMs !== undefined && patienceMs > 0) return { kind: 'hold', ms: patienceMs };
  if (!served) return after(holdMs, 'listen');
  if (kubelet === undefined) return { kind: 'wait' };
  const known = registeredWith === kubelet;
  if (known && streams > 0) return nextWhenWell(standing);
  if (!known) return after(holdMs, isHasty(standing) ? 'rejoin' : 'register');
  if (heard) return after(Math.max(holdMs, REJOIN_MS - silentMs), 'rejoin');
  return after(Math.max(holdMs, SILENCE_MS - silentMs), 'register');
}

/** Whether somebody else's registration or end may come after ours, as it may after one that failed. */
function isHasty({ again, elders, hastyMs }: Standing): boolean {
  return hastyMs !== undefined || (again && elders > 0);
}

/**
 * The kubelet knows us and listens: only other plugins of the resource matter.
 * While a younger one is there it is the one the kubelet is to know: it deals
 * with the end of others, and a registration of ours would take its place just
 * before we end. One that stays without taking over is not waited for for ever.
 */
function nextWhenWell(standing: Standing): Step {
  const { elders, younger, tie, looseMs, lostMs, hastyMs, holdMs } = standing;
  if (tie === 'loose') {
    const patience = lostMs === undefined || younger > 0 ? LOOSE_MS - looseMs : CALM_MS - lostMs;
    return after(Math.max(holdMs, patience), 'register');
  }
  if (younger > 0) return { kind: 'wait' };
  if (lostMs !== undefined) return after(Math.max(holdMs, REJOIN_MS - lostMs), 'rejoin');
  if (hastyMs !== undefined) return after(Math.max(holdMs, CALM_MS - hastyMs), 'register');
  return tie === 'kept' && elders > 0 ? after(holdMs, 'loosen') : { kind: 'wait' };
}

function after(ms: number, kind: Deed): Step {
  return ms > 0 ? { kind: 'wait', ms } : { kind };
}
