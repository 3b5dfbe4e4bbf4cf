import { conditionReason as reasons, conditionType as types } from '@rackwright/keys';

/** One condition in an object's status (meta/v1 Condition). */
export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  /** CamelCase, never empty. */
  reason: string;
  message: string;
  /** RFC 3339, whole seconds. */
  lastTransitionTime: string;
  observedGeneration?: number;
}

/** The state of one part of what a controller looks after. */
export interface ComponentState {
  /** Type of the condition that shows it, e.g. `DriverAgentReady`. */
  readonly type: string;
  readonly state: 'ready' | 'progressing' | 'failed' | 'unknown';
  readonly reason: string;
  readonly message: string;
  /** Reason that Ready and Degraded give when this part is what fails them; default `reason`. */
  readonly summaryReason?: string;
  /** It is shown, but whether the object is ready does not depend on it. */
  readonly advisory?: true;
}

/** How a reconcile as a whole ended. */
export interface Outcome {
  /**
   * `done`: everything was applied, the components say how far it is.
   * `working`: more steps of our own follow. `failed`: an error, it will be
   * tried again. `stalled`: nothing will happen until somebody changes something.
   */
  readonly state: 'done' | 'working' | 'failed' | 'stalled';
  readonly reason?: string;
  readonly message?: string;
}

/** Everything the conditions are computed from. */
export interface Summary {
  /** metadata.generation of the object that was looked at. */
  readonly generation: number;
  readonly outcome: Outcome;
  readonly components?: readonly ComponentState[];
  /** Serves its purpose now, even if something is still changing; default is whether it is ready. */
  readonly available?: { readonly status: boolean; readonly reason?: string; readonly message?: string };
  readonly previous?: readonly Condition[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

type Draft = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;
interface Verdict {
  readonly state: 'ready' | 'reconciling' | 'failing' | 'stalled';
  readonly reason: string;
  readonly message: string;
}

/**
 * The conditions of an object: `Ready`, `Reconciling`, `Stalled`, the older
 * `Available`, `Progressing`, `Degraded`, then one per component, in this order.
 *
 * kstatus (sigs.k8s.io/cli-utils) reads Reconciling and Stalled as abnormal when
 * True, and suggests leaving them out otherwise. Here they are always written,
 * False when all is well: `kubectl wait --for=condition=Stalled=False` works, a
 * missing condition always means that nobody has looked yet, and the owner of
 * the fields under server-side apply does not change. kstatus treats absent and
 * False alike.
 *
 * A `lastTransitionTime` is kept as long as its status is; the same input gives
 * an equal array. Conditions of components no longer named are dropped.
 */
export function summarise(summary: Summary): Condition[] {
  const components = summary.components ?? [];
  const verdict = evaluate(summary.outcome, components);
  const drafts = [
    ...statusDrafts(verdict),
    ...olderDrafts(verdict, summary.available),
    ...components.map(componentDraft),
  ];
  return drafts.map((draft) => finish(draft, summary));
}

/** One verdict over outcome and components: the outcome first, then the worst component, in the order given. */
function evaluate(outcome: Outcome, components: readonly ComponentState[]): Verdict {
  const { reason, message = '' } = outcome;
  if (outcome.state === 'stalled') return { state: 'stalled', reason: reason ?? reasons.stalled, message };
  if (outcome.state === 'failed') return { state: 'failing', reason: reason ?? reasons.failed, message };
  const deciding = components.filter(({ advisory }) => advisory !== true);
  const worst =
    deciding.find(({ state }) => state === 'failed') ?? deciding.find(({ state }) => state !== 'ready');
  if (worst !== undefined) {
    const state = worst.state === 'failed' ? 'failing' : 'reconciling';
    return { state, reason: worst.summaryReason ?? worst.reason, message: `${worst.type}: ${worst.message}` };
  }
  const state = outcome.state === 'working' ? 'reconciling' : 'ready';
  return { state, reason: reason ?? (state === 'ready' ? reasons.ready : reasons.reconciling), message };
}

function statusDrafts({ state, reason, message }: Verdict): Draft[] {
  const working = state === 'reconciling' || state === 'failing';
  return [
    { type: types.ready, status: state === 'ready' ? 'True' : 'False', reason, message },
    working
      ? {
          type: types.reconciling,
          status: 'True',
          reason: state === 'failing' ? reasons.retrying : reasons.progressing,
          message,
        }
      : { type: types.reconciling, status: 'False', reason: reasons.reconciled, message: '' },
    state === 'stalled'
      ? { type: types.stalled, status: 'True', reason, message }
      : { type: types.stalled, status: 'False', reason: reasons.notStalled, message: '' },
  ];
}

function olderDrafts({ state, reason, message }: Verdict, available: Summary['available']): Draft[] {
  const ready = state === 'ready';
  const bad = state === 'failing' || state === 'stalled';
  const isAvailable = available?.status ?? ready;
  return [
    {
      type: types.available,
      status: isAvailable ? 'True' : 'False',
      reason: available?.reason ?? (isAvailable ? reasons.ready : reason),
      message: available?.message ?? message,
    },
    ready || state === 'stalled'
      ? { type: types.progressing, status: 'False', reason: ready ? reasons.deployed : reason, message: '' }
      : { type: types.progressing, status: 'True', reason: reasons.reconciling, message },
    bad
      ? { type: types.degraded, status: 'True', reason, message }
      : { type: types.degraded, status: 'False', reason: reasons.healthy, message: '' },
  ];
}

function componentDraft({ type, state, reason, message }: ComponentState): Draft {
  const status = state === 'ready' ? 'True' : state === 'unknown' ? 'Unknown' : 'False';
  return { type, status, reason, message };
}

/** Adds generation and times, and keeps within what the API accepts. */
function finish(draft: Draft, { generation, previous, now }: Summary): Condition {
  const before = previous?.find(({ type }) => type === draft.type);
  return {
    ...draft,
    reason: validReason(draft.reason),
    message: draft.message.slice(0, 32_768),
    lastTransitionTime:
      before?.status === draft.status
        ? before.lastTransitionTime
        : `${new Date(now).toISOString().slice(0, 19)}Z`,
    observedGeneration: generation,
  };
}

/** The API refuses reasons that are empty or no CamelCase word (meta/v1 Condition). */
function validReason(reason: string): string {
  const cleaned = reason.replace(/[^A-Za-z0-9_,:]/g, '').replace(/^[^A-Za-z]+|[,:]+$/g, '');
  return cleaned === '' ? reasons.failed : cleaned.slice(0, 1024);
}
