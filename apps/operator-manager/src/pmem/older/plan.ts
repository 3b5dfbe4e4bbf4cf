import { parsePmemDeployment, pmemDriverName, type ValidPmemDeployment } from '@rackwright/api';
import type { ComponentState } from '@rackwright/controller';
import { errorMessage } from '@rackwright/core';
import { kubernetes, pmem } from '@rackwright/keys';
import { earliest, isTerminating } from '@rackwright/manager';
import { centralDrivers } from '../driver-kind.ts';
import { belongsTo, formerNames, olderObsoleteNames } from '../former.ts';
import { nameOf, prefixOf } from '../manifests/identity.ts';
import { byClaim, nothing, type Plan, planInheritance, planObjects, refused, takenBy } from '../plan.ts';
import type { PmemSettings } from '../settings.ts';
import { type CertificateDecision, certificateTimes, decideCertificates } from './certificates/decide.ts';
import { storedSet } from './certificates/secrets.ts';
import { olderObjects } from './manifests/index.ts';
import type { OlderSnapshot } from './snapshot.ts';

const { condition, reason: reasons } = pmem;

/** Timers hold no more than some weeks. */
const maxWaitMs = 24 * 60 * 60 * 1000;

/** Decides everything from the snapshot. The same snapshot gives the same plan. */
export function planOlder(snapshot: OlderSnapshot, settings: PmemSettings): Plan {
  const { deployment } = snapshot;
  if (deployment === undefined) return { ...nothing, stage: 'gone' };
  if (isTerminating(deployment)) return { ...nothing, stage: 'deleting' };
  const parsed = parsePmemDeployment(deployment);
  if (!parsed.ok) return refused(reasons.invalidSpec, errorMessage(parsed.error));
  const conflict = nameConflict(parsed.value, snapshot);
  if (conflict !== undefined) return refused(reasons.nameTaken, conflict);
  const owner = { deployment: parsed.value };
  const unsigned = olderObjects(parsed.value, settings, storedSet(owner, []));
  const names = formerNames(unsigned, olderObsoleteNames(prefixOf(deployment)));
  const inheritance = planInheritance(snapshot, names, settings.namespace);
  if (inheritance !== undefined) return inheritance;
  const decision = certificateDecision(snapshot, settings);
  if (decision.step === 'refuse') {
    const { message } = decision;
    const states = [
      certificateState(condition.certsVerified, 'failed', reasons.certificatesRefused, message),
    ];
    return { ...refused(reasons.certificatesRefused, message), states };
  }
  if (decision.step !== 'use') return { ...nothing, stage: 'preparing', againAfterMs: 1 };
  const { set, notAfterMs, changesAtMs } = decision;
  const objects = olderObjects(parsed.value, settings, set);
  const plan = planObjects(snapshot, centralDrivers, objects, [pmem.part.node]);
  const renewalMs = Math.min(maxWaitMs, Math.max(1, changesAtMs - snapshot.now));
  return { ...plan, states: readyStates(notAfterMs), againAfterMs: earliest([plan.againAfterMs, renewalMs]) };
}

/** What is to be done about the certificates of the Deployment in a snapshot. */
export function certificateDecision(
  { deployment, certificates, given, handshake, now }: OlderSnapshot,
  { namespace }: Pick<PmemSettings, 'namespace'>,
): CertificateDecision {
  return decideCertificates({
    ...{ spec: deployment?.spec ?? {}, secrets: given, namespace, handshake, now },
    stored: storedSet({ deployment: deployment ?? {} }, certificates),
    times: certificateTimes,
  });
}

function readyStates(notAfterMs: number): ComponentState[] {
  const until = new Date(notAfterMs).toISOString().slice(0, 10);
  return [
    certificateState(
      condition.certsVerified,
      'ready',
      reasons.certificatesVerified,
      'controller and nodes can shake hands with their certificates',
    ),
    certificateState(
      condition.certsReady,
      'ready',
      reasons.certificatesReady,
      `they are valid until ${until}`,
    ),
  ];
}

function certificateState(
  type: string,
  state: ComponentState['state'],
  reason: string,
  message: string,
): ComponentState {
  return { type, state, reason, message };
}

/** Who has a name that is needed, in words; undefined when it is free. */
function nameConflict(deployment: ValidPmemDeployment, snapshot: OlderSnapshot): string | undefined {
  const driver = pmemDriverName(deployment);
  const holder = driverHolder(deployment, driver, snapshot);
  if (holder !== undefined)
    return `spec.driverName ${driver} is already taken by ${holder}; give this driver another name`;
  const taken = takenBy(deployment, snapshot.deployments);
  if (taken === undefined) return undefined;
  return `what belongs to it is called ${prefixOf(deployment)}-…, which is already taken by Deployment ${taken}; give it another name`;
}

/** Who has the CSIDriver; while there is none, who is to get it. */
function driverHolder(
  deployment: ValidPmemDeployment,
  driver: string,
  { deployments, csiDriver }: OlderSnapshot,
): string | undefined {
  const { labels = {}, ownerReferences = [] } = csiDriver?.metadata ?? {};
  const isOlders = labels[kubernetes.label.managedBy] === centralDrivers.managedBy;
  const instance = labels[kubernetes.label.instance];
  const rivals = deployments.filter((other) => !isTerminating(other) && pmemDriverName(other) === driver);
  const holds = isOlders ? rivals.find((other) => nameOf(other) === instance) : undefined;
  if (csiDriver !== undefined && !isOlders && !belongsTo(csiDriver.metadata, deployment)) {
    const owner = ownerReferences.find(({ controller }) => controller);
    return owner === undefined ? `a CSIDriver of somebody else` : `${owner.kind} ${owner.name}`;
  }
  const [first] = holds === undefined ? rivals.sort(byClaim) : [holds];
  return first === undefined || nameOf(first) === nameOf(deployment)
    ? undefined
    : `Deployment ${nameOf(first)}`;
}
