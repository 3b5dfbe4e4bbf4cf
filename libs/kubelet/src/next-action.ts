/** What is known at one moment of a resource's endpoint and the kubelet. */
export interface EndpointState {
  /** Whether our server's socket file is there. */
  readonly served: boolean;
  /** Identity of the kubelet's socket, undefined while there is none. */
  readonly kubelet: string | undefined;
  /** Identity of the kubelet's socket at the last successful registration. */
  readonly registeredWith: string | undefined;
  /** Open ListAndWatch streams of the last registration. */
  readonly streams: number;
  /** Whether the kubelet has opened a stream since the registration. */
  readonly listened: boolean;
  /** How long no stream has been open since the registration, in milliseconds. */
  readonly silentMs: number;
  /** How long the last failure forbids another try, in milliseconds. */
  readonly holdMs: number;
  /** Sockets of plugins of the same resource that started before us and are still served. */
  readonly predecessors: number;
  /** Sockets of plugins of the same resource that started after us and are still served. */
  readonly successors: number;
  /** Whether the end of any stream of the resource takes our devices away: see `detach`. */
  readonly binding: StreamBinding;
  /** How long the binding has been `detached`, in milliseconds. */
  readonly detachedMs: number;
  /** How long ago another plugin of the resource ended, if one did since the registration. */
  readonly endedMs: number | undefined;
  /** Whether we were registered before: after a restart of the kubelet plugins come back in any order. */
  readonly again: boolean;
  /** How long ago we registered at a moment that was perhaps too early; undefined if it was not. */
  readonly earlyMs: number | undefined;
  /** Something stands in the way of the first registration: how much longer that is waited for; else undefined. */
  readonly obstacleWaitMs: number | undefined;
}

/**
 * How the kubelet binds our devices to streams. `bound`: as usual; `detached`:
 * see `detach`; `settled`: bound, and not to be detached again.
 */
export type StreamBinding = 'bound' | 'detached' | 'settled';

/**
 * What a resource does next; `wait` without `ms` waits for a change only.
 *
 * `hold`: wait before the first registration, while no device could be
 * allocated. Without a predecessor the wait is limited, so that the node shows
 * its devices and why they cannot be allocated.
 *
 * `reregister`: register at once although it may be too early, and once more a
 * second later. Up to 1.36 the kubelet closes a stream first and records that its
 * plugin has gone a moment later. A registration in between is recorded as gone
 * too: its stream is read, yet every Allocate fails, and after five minutes the
 * resource disappears. After a restart of the kubelet a predecessor may register
 * after us. The second registration repairs both and does no harm otherwise.
 *
 * `detach`: in a rolling update the new plugin registers beside the old one,
 * and up to Kubernetes 1.36 the end of the old one's stream makes the kubelet
 * disconnect the new one and take all devices as unhealthy. A registration that
 * fails on purpose prevents that (`aborted-registration.ts`), at a price: the
 * kubelet does not notice our end either. So once the old plugin has gone we
 * register again, and the first stream stays open beside the second. If we are
 * killed in between, the kubelet keeps the devices until the container has
 * restarted or the old plugin, which sees us end, has registered again.
 */
export type Action = { readonly kind: ActionKind } | { readonly kind: 'wait' | 'hold'; readonly ms?: number };

/** What can be done: see `Action`. */
export type ActionKind = 'listen' | 'register' | 'reregister' | 'detach';

/**
 * How long a registration may stay without a first stream. The kubelet opens
 * one at once; if it has none it has dropped the plugin.
 */
export const SILENCE_MS = 2000;

/**
 * How long after the kubelet closed the stream we register again. It closes the
 * stream of a plugin that is well when a predecessor ends before `detach` was done
 * (pkg/kubelet/cm/devicemanager/plugin/v1beta1/handler.go, runClient). Until we
 * are back the node has none of our devices; but the kubelet must first record
 * that we are gone, which mostly takes less than this: see `reregister`.
 */
export const REREGISTER_MS = 10;

/**
 * How long after a predecessor's end we register again while detached, and after
 * a registration that was perhaps too early. By then the kubelet has dealt with
 * the stream that ended, and nothing is lost by waiting.
 */
export const SETTLE_MS = 1000;

/** How long we stay detached at most: a predecessor that lives longer is no longer being replaced. */
export const DETACHED_MS = 120_000;

/** Decides what keeps a resource served and known to the kubelet. */
export function nextAction(state: EndpointState): Action {
  const {
    served,
    kubelet,
    registeredWith,
    streams,
    listened,
    silentMs,
    holdMs,
    predecessors,
    obstacleWaitMs,
  } = state;
  // Our first list would replace that of the predecessor, whose devices can be allocated.
  if (obstacleWaitMs !== undefined && predecessors > 0) return { kind: 'hold' };
  if (obstacleWaitMs !== undefined && obstacleWaitMs > 0) return { kind: 'hold', ms: obstacleWaitMs };
  if (!served) return after(holdMs, 'listen');
  if (kubelet === undefined) return { kind: 'wait' };
  const known = registeredWith === kubelet;
  if (known && streams > 0) return nextWhileServing(state);
  if (!known) return after(holdMs, isEarly(state) ? 'reregister' : 'register');
  if (listened) return after(Math.max(holdMs, REREGISTER_MS - silentMs), 'reregister');
  return after(Math.max(holdMs, SILENCE_MS - silentMs), 'register');
}

/** Whether somebody else's registration or end may come after ours, as it may after one that failed. */
function isEarly({ again, predecessors, earlyMs }: EndpointState): boolean {
  return earlyMs !== undefined || (again && predecessors > 0);
}

/**
 * The kubelet knows us and reads our stream: only other instances matter. While
 * there is a successor the kubelet is to know that one: it handles the end of
 * others, and a registration of ours would replace it just before we end. While
 * detached, we do not wait for ever for a successor to take over.
 */
function nextWhileServing(state: EndpointState): Action {
  const { predecessors, successors, binding, detachedMs, endedMs, earlyMs, holdMs } = state;
  if (binding === 'detached') {
    const waitMs = endedMs === undefined || successors > 0 ? DETACHED_MS - detachedMs : SETTLE_MS - endedMs;
    return after(Math.max(holdMs, waitMs), 'register');
  }
  if (successors > 0) return { kind: 'wait' };
  if (endedMs !== undefined) return after(Math.max(holdMs, REREGISTER_MS - endedMs), 'reregister');
  if (earlyMs !== undefined) return after(Math.max(holdMs, SETTLE_MS - earlyMs), 'register');
  return binding === 'bound' && predecessors > 0 ? after(holdMs, 'detach') : { kind: 'wait' };
}

function after(ms: number, kind: ActionKind): Action {
  return ms > 0 ? { kind: 'wait', ms } : { kind };
}
