import type { CrashPolicy, HandlerRecord, NicView, Phase } from './model.ts';

/** One step for one NIC. `start` and `stop` touch processes, the others only what we remember. */
export type Action =
  | { readonly type: 'start'; readonly device: string }
  | { readonly type: 'stop'; readonly device: string }
  | { readonly type: 'adopt'; readonly device: string; readonly rebootRequired: boolean }
  | { readonly type: 'register'; readonly device: string; readonly eq?: number }
  | { readonly type: 'settle'; readonly device: string }
  | { readonly type: 'backOff'; readonly device: string; readonly delayMs: number }
  | { readonly type: 'wait'; readonly device: string; readonly reason: string }
  | { readonly type: 'fail'; readonly device: string; readonly reason: string }
  | { readonly type: 'forget'; readonly device: string };

export interface PlanInput {
  readonly devices: readonly NicView[];
  /** NICs that are there, or may be, but could never be read well enough to be among `devices`. */
  readonly unidentified?: readonly string[];
  readonly records: readonly HandlerRecord[];
  readonly policy: CrashPolicy;
  /** Monotonic milliseconds. */
  readonly now: number;
}

/** How long the kernel may take to free the event queue of a process that ended. */
export const KERNEL_GRACE_MS = 2000;
/** How long somebody else may take to put a new handler where theirs was. */
export const TAKEOVER_MS = 2000;
/** Without a readable pct_eq, a process that lives this long counts as registered. */
export const BLIND_REGISTER_MS = 2000;
/** A handler that ran this long held its NIC; one that ends sooner may have found it taken. */
const HELD_MS = 5000;
/** After this long without a failure the waits start small again. */
export const STABLE_MS = 600_000;
const FIRST_WAIT_MS = 1000;
const mustReboot = 'the retry handler died; the node must be rebooted';
const LONGEST_WAIT_MS = 60_000;

/** Wait before the next start after `failures` ends in a row: 1 s, 2 s, 4 s … 60 s. */
export function restartDelay(failures: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(Math.max(0, failures - 1), 16));
}

/**
 * Decides the next step for every NIC from what is seen and remembered; at
 * most one per NIC. Applying the steps and planning again comes to rest.
 * Handlers are started for physical functions only, and never while another
 * one is known to be there. Nothing is done about a NIC that cannot be read: it
 * is not known to be gone, nor who serves it.
 */
export function plan({ devices, unidentified = [], records, policy, now }: PlanInput): Action[] {
  const nics = new Map(devices.map((nic) => [nic.name, nic]));
  const known = new Map(records.map((record) => [record.device, record]));
  const unsure = unsureNics({ devices, unidentified });
  return [...new Set([...nics.keys(), ...known.keys()])].flatMap((device) => {
    if (unsure.has(device)) return [];
    const nic = nics.get(device);
    const record = known.get(device);
    const action =
      nic?.kind === 'pf' ? withNic({ nic, record, policy, now }) : withoutNic(device, record?.phase);
    return action ?? [];
  });
}

/** What the plan of a NIC depends on (`CxiFact`). */
const decisive: ReadonlySet<string> = new Set(['folder', 'devNode', 'properties/pct_eq']);

/** NICs about which nothing can be decided now, because the host cannot be read. */
export function unsureNics({
  devices,
  unidentified = [],
}: Pick<PlanInput, 'devices' | 'unidentified'>): ReadonlySet<string> {
  const outdated = devices.filter(({ stale }) => stale?.some((fact) => decisive.has(fact)));
  return new Set([...unidentified, ...outdated.map(({ name }) => name)]);
}

/** When the plan may change although nothing else does; undefined for never. */
export function nextDue(
  records: readonly HandlerRecord[],
  unsure: ReadonlySet<string> = new Set(),
): number | undefined {
  const times = records.flatMap(({ device, phase, since, failures }) => {
    if (unsure.has(device)) return [];
    switch (phase.kind) {
      case 'backoff':
        return [phase.untilMono];
      case 'ended':
        return [since.mono + KERNEL_GRACE_MS];
      case 'starting':
        return [since.mono + BLIND_REGISTER_MS];
      case 'running':
        return failures > 0 ? [since.mono + STABLE_MS] : [];
      default:
        return [];
    }
  });
  return times.length === 0 ? undefined : Math.min(...times);
}

interface Situation<P extends Phase = Phase> {
  readonly nic: NicView;
  readonly record: (HandlerRecord & { readonly phase: P }) | undefined;
  readonly policy: CrashPolicy;
  readonly now: number;
}

type Decision<K extends Phase['kind']> = (
  situation: Situation & { readonly record: HandlerRecord & { readonly phase: Extract<Phase, { kind: K }> } },
) => Action | undefined;

const decisions: { readonly [K in Phase['kind']]: Decision<K> } = {
  launching: () => undefined,
  stopping: () => undefined,
  starting: ({ nic, record, now }) => {
    if (held(nic)) return { type: 'register', device: nic.name, eq: nic.retryHandlerEq ?? 0 };
    const blind = nic.retryHandlerEq === undefined && now - record.since.mono >= BLIND_REGISTER_MS;
    return blind ? { type: 'register', device: nic.name } : undefined;
  },
  running: ({ nic, record, now }) =>
    record.failures > 0 && now - record.since.mono >= STABLE_MS
      ? { type: 'settle', device: nic.name }
      : undefined,
  ended: afterEnd,
  external: ({ nic, record }) => {
    if (nic.retryHandlerEq !== 0) return undefined;
    return record.rebootRequired
      ? { type: 'fail', device: nic.name, reason: mustReboot }
      : { type: 'backOff', device: nic.name, delayMs: TAKEOVER_MS };
  },
  backoff: ({ nic, record, now }) => (now >= record.phase.untilMono ? startOrAdopt(nic) : adoptIfHeld(nic)),
  waiting: ({ nic }) => (nic.devNode.present ? startOrAdopt(nic) : adoptIfHeld(nic)),
  failed: ({ nic, record }) => adoptIfHeld(nic, record.rebootRequired),
  stopped: ({ nic }) => startOrAdopt(nic),
};

function withNic(situation: Situation): Action | undefined {
  const { nic, record } = situation;
  if (record === undefined) return startOrAdopt(nic);
  const decide = decisions[record.phase.kind] as Decision<Phase['kind']>;
  return decide({ ...situation, record });
}

/** The NIC is gone, or turns out to be a virtual function. */
function withoutNic(device: string, phase: Phase | undefined): Action | undefined {
  switch (phase?.kind) {
    case undefined:
    case 'launching':
    case 'stopping':
      return undefined;
    case 'starting':
    case 'running':
      return { type: 'stop', device };
    default:
      return { type: 'forget', device };
  }
}

function afterEnd({ nic, record, policy, now }: Parameters<Decision<'ended'>>[0]): Action | undefined {
  const { phase, since, failures } = record;
  const device = nic.name;
  const crashed = phase.registered && phase.exit?.code !== 0;
  if (held(nic)) {
    if (now - since.mono < KERNEL_GRACE_MS) return undefined;
    const replaced = phase.eq !== undefined && phase.eq !== nic.retryHandlerEq;
    const wasOurs = replaced || phase.ranMs >= HELD_MS;
    return {
      type: 'adopt',
      device,
      rebootRequired: crashed && wasOurs && policy.onCrash === 'markUnhealthy',
    };
  }
  if (crashed && policy.onCrash === 'markUnhealthy') return { type: 'fail', device, reason: mustReboot };
  if (crashed && policy.maxRestarts > 0 && failures > policy.maxRestarts)
    return { type: 'fail', device, reason: `the retry handler died ${failures} times in a row` };
  return { type: 'backOff', device, delayMs: restartDelay(failures) };
}

function startOrAdopt(nic: NicView): Action {
  if (held(nic)) return { type: 'adopt', device: nic.name, rebootRequired: false };
  if (!nic.devNode.present)
    return { type: 'wait', device: nic.name, reason: `${nic.devNode.path} is missing: is cxi_user loaded?` };
  return { type: 'start', device: nic.name };
}

function adoptIfHeld(nic: NicView, rebootRequired = false): Action | undefined {
  return held(nic) ? { type: 'adopt', device: nic.name, rebootRequired } : undefined;
}

/** Whether a handler is registered with the NIC. */
function held(nic: NicView): boolean {
  return (nic.retryHandlerEq ?? 0) > 0;
}
