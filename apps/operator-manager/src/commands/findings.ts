import type { CxiDriver } from '@rackwright/api';
import { conditionType, cxi, cxiReason } from '@rackwright/keys';
import type { DaemonSet } from '@rackwright/kube';
import { standsBy } from '../claim/active-state.ts';
import { claimOf } from '../claim/installation.ts';
import { type Devices, deviceFindings } from './device-findings.ts';

/** One line of what was looked at. */
export interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly message: string;
  /** Waiting does not mend it. */
  readonly final?: true;
}

/** What `verify` looks at. */
export interface Seen {
  readonly self: Self;
  /** Plural names the API server serves in our group. */
  readonly served: readonly string[];
  /** What the CRDs lack of this version, one sentence each. */
  readonly crds: readonly string[];
  readonly drivers: readonly CxiDriver[];
  /** Those the operator manages. */
  readonly daemonSets: readonly DaemonSet[];
  /** Read when all the rest is in order, as there may be many. */
  readonly devices?: Devices;
}

/** The installation that is verified: the operator's namespace, and its ServiceAccount if that is known. */
export interface Self {
  readonly namespace: string;
  readonly account?: string;
}

const kinds = ['cxidrivers', 'cxidevices'];

/** Evaluates an installation, the worst not first: kinds, whose the drivers are, drivers, DaemonSets, NICs. */
export function findingsOf({ self, served, crds, drivers, daemonSets, devices }: Seen): Finding[] {
  return [
    ...kinds.map((kind) => kindFinding(kind, served.includes(kind))),
    ...crds.map((message) => ({ what: 'CRDs', ok: false, message })),
    ...otherInstallation(drivers, self),
    ...(drivers.length === 0
      ? [{ what: 'CXIDriver', ok: true, message: 'there is none, so nothing is rolled out' }]
      : drivers.map(driverFinding)),
    ...daemonSets.map((daemonSet) => daemonSetFinding(daemonSet, self)),
    ...(devices === undefined ? [] : deviceFindings(devices)),
  ];
}

function otherInstallation(drivers: readonly CxiDriver[], { namespace, account }: Self): Finding[] {
  const other = drivers
    .flatMap((driver) => claimOf(driver) ?? [])
    .find((claim) => claim.namespace !== namespace || (account !== undefined && claim.name !== account));
  if (other === undefined) return [];
  return [{ what: 'installation', ok: false, message: standsBy(other, 'CXIDriver'), final: true }];
}

function kindFinding(kind: string, ok: boolean): Finding {
  const message = ok ? 'served' : 'not served: apply the CRDs of this version';
  return { what: `${kind}.${cxi.group}`, ok, message };
}

function driverFinding({ metadata, status }: CxiDriver): Finding {
  const what = `CXIDriver ${metadata?.name ?? ''}`;
  const ready = status?.conditions?.find(({ type }) => type === conditionType.ready);
  if (ready === undefined) return { what, ok: false, message: 'the operator has not looked at it yet' };
  if (ready.observedGeneration !== metadata?.generation) {
    return { what, ok: false, message: 'the operator has not seen its newest spec yet' };
  }
  // One that stands back for an older one is as it should be.
  const ok = ready.status === 'True' || ready.reason === cxiReason.anotherDriverActive;
  return { what, ok, message: `${ready.reason}: ${ready.message}` };
}

function daemonSetFinding({ metadata, status = {} }: DaemonSet, { namespace }: Self): Finding {
  const { desiredNumberScheduled: desired = 0, numberAvailable: available = 0 } = status;
  const seen = (status.observedGeneration ?? 0) >= (metadata?.generation ?? 1);
  return {
    what: `DaemonSet ${metadata?.namespace === namespace ? '' : `${metadata?.namespace}/`}${metadata?.name ?? ''}`,
    ok: seen && available === desired,
    message: seen ? `${available} of ${desired} pods ready` : 'not seen by its controller yet',
  };
}
