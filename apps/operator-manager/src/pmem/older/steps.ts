import { type ActionOutcome, executePlan, planApply } from '@rackwright/controller';
import { type Clock, HwError, type Logger } from '@rackwright/core';
import { pmem } from '@rackwright/keys';
import type { KubeClient, Secret } from '@rackwright/kube';
import { centralDrivers } from '../driver-kind.ts';
import { liveObjects } from '../former.ts';
import { FormerMemory } from '../former-memory.ts';
import { nameOf, ownerLabels } from '../manifests/identity.ts';
import type { Plan } from '../plan.ts';
import type { PmemSettings } from '../settings.ts';
import type { DriverSteps } from '../steps.ts';
import { CertificateMemory } from './certificates/certificate-memory.ts';
import { type CertificateSet, digestOf } from './certificates/certificate-set.ts';
import { certificateTimes, type Issue } from './certificates/decide.ts';
import { issueCertificates } from './certificates/issue.ts';
import { certificateSecrets, storedSet } from './certificates/secrets.ts';
import { verifyCertificates } from './certificates/verify.ts';
import { olderOwner } from './manifests/index.ts';
import { certificateDecision, planOlder } from './plan.ts';
import { type OlderCaches, type OlderSnapshot, takeOlderSnapshot } from './snapshot.ts';

export interface OlderStepsOptions {
  readonly caches: Omit<OlderCaches, 'former'>;
  readonly client: Pick<KubeClient, 'apply' | 'delete' | 'patch'>;
  readonly settings: PmemSettings;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Rolls out the drivers of the first operator's kind, certificates first. */
export class OlderSteps implements DriverSteps<OlderSnapshot> {
  readonly kind = centralDrivers;
  readonly former = new FormerMemory();
  readonly #options: OlderStepsOptions;
  readonly #memory = new CertificateMemory();

  constructor(options: OlderStepsOptions) {
    this.#options = options;
  }

  takeSnapshot(name: string, now: number): OlderSnapshot {
    const { caches } = this.#options;
    this.#memory.keepOnly(caches.deployments.list().map(({ metadata }) => metadata?.uid ?? ''));
    return takeOlderSnapshot(name, { ...caches, former: this.former }, this.#memory, now);
  }

  plan(snapshot: OlderSnapshot): Plan {
    return planOlder(snapshot, this.#options.settings);
  }

  /** Makes certificates, or sees whether they can be used. */
  async prepare(
    snapshot: OlderSnapshot,
    _plan: Plan,
    signal: AbortSignal,
  ): Promise<readonly ActionOutcome[]> {
    const decision = certificateDecision(snapshot, this.#options.settings);
    if (decision.step === 'verify') await this.#verify(snapshot, decision.set);
    if (decision.step === 'issue') return await this.#issue(snapshot, decision.issue, signal);
    return [];
  }

  async #verify(snapshot: OlderSnapshot, set: CertificateSet): Promise<string | undefined> {
    const failure = await verifyCertificates(set);
    this.#memory.noteHandshake(uidOf(snapshot), {
      digest: digestOf(set),
      ...(failure === undefined ? {} : { failure }),
    });
    return failure;
  }

  /** What was made is written once a handshake with it has succeeded. */
  async #issue(
    snapshot: OlderSnapshot,
    issue: Issue,
    signal: AbortSignal,
  ): Promise<readonly ActionOutcome[]> {
    const { client, settings, logger } = this.#options;
    const { deployment, certificates, now } = snapshot;
    if (deployment === undefined) return [];
    const stored = storedSet({ deployment }, certificates);
    const set = await issueCertificates(stored, issue, { now, times: certificateTimes });
    const failure = await this.#verify(snapshot, set);
    if (failure !== undefined)
      throw new HwError('FailedPrecondition', `certificates that were made cannot be used: ${failure}`);
    const owner = olderOwner({ ...deployment, spec: deployment.spec ?? {} }, settings);
    const actions = planApply({
      desired: certificateSecrets(owner, set),
      live: liveObjects(snapshot, centralDrivers).filter(({ kind }) => kind === 'Secret'),
      ownerLabels: ownerLabels(centralDrivers, snapshot.name),
      now,
    });
    const outcomes = await executePlan(client, actions, { fieldManager: pmem.fieldManager.operator, signal });
    this.#memory.noteWritten(
      uidOf(snapshot),
      outcomes.flatMap(({ object }) => (object === undefined ? [] : [object as Secret])),
    );
    logger.info('made certificates', {
      pmemdeployment: nameOf(deployment),
      whose: issue.whose,
      as: issue.as,
    });
    return outcomes;
  }
}

function uidOf({ deployment }: OlderSnapshot): string {
  return deployment?.metadata?.uid ?? '';
}
