import { type CxiDriver, cxiDevices, cxiDrivers } from '@rackwright/api';
import { cxiReason } from '@rackwright/keys';
import type { DaemonSet } from '@rackwright/kube';
import { type Devices, deviceFindings } from './device-findings.ts';
import { daemonSetFinding, type Finding, kindFindings, objectFindings, type Self } from './findings.ts';

/** What `verify` looks at of CXI. */
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

/** One that stands back for an older one is as it should be. */
const fineReasons = [cxiReason.anotherDriverActive];

/** Evaluates an installation, the worst not first: kinds, whose the drivers are, drivers, DaemonSets, NICs. */
export function findingsOf({ self, served, crds, drivers, daemonSets, devices }: Seen): Finding[] {
  return [
    ...kindFindings([cxiDrivers, cxiDevices], served, crds),
    ...objectFindings(cxiDrivers, drivers, { self, fineReasons }),
    ...daemonSets.map((daemonSet) => daemonSetFinding(daemonSet, self)),
    ...(devices === undefined ? [] : deviceFindings(devices)),
  ];
}
