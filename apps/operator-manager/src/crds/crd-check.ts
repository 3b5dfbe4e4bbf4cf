import { crdShortfall } from '@rackwright/api';
import { type Clock, errorMessage, Latest, type Logger, type Runnable } from '@rackwright/core';
import { type CustomResourceDefinition, ignoreNotFound, type KubeClient, resources } from '@rackwright/kube';

/** What a `CrdCheck` needs. */
export interface CrdCheckOptions {
  readonly client: Pick<KubeClient, 'get'>;
  /** The CRDs this version needs. */
  readonly needed: readonly CustomResourceDefinition[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Between two looks while all is well, and while something is missing: people mend it then. In milliseconds. */
const periods = { calm: 300_000, wanting: 10_000 };

/** How to mend it. */
const remedy =
  'bring the CRDs of this version: helm upgrade with operator-manager.crds.upgrade=true, or kubectl apply --server-side --force-conflicts -f crds/';

/**
 * Compares the CRDs of the cluster with those this version needs. An older CRD
 * makes the API server drop fields without an error, and Helm never upgrades CRDs.
 */
export class CrdCheck implements Runnable {
  readonly name = 'CRD check';
  /** What is missing and how to mend it, as one sentence; undefined when nothing is, or before the first look. */
  readonly shortfall = new Latest<string | undefined>(undefined);
  readonly #options: CrdCheckOptions;

  constructor(options: CrdCheckOptions) {
    this.#options = options;
  }

  async start(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      await this.#look(signal);
      const periodMs = this.shortfall.value === undefined ? periods.calm : periods.wanting;
      await clock.sleep(periodMs, signal).catch(() => undefined);
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { client, needed, logger } = this.#options;
    try {
      const findings = await crdFindings(client, needed, signal);
      const shortfall = findings.length === 0 ? undefined : `${findings.join('; ')}; ${remedy}`;
      if (!this.shortfall.set(shortfall)) return;
      if (shortfall === undefined) logger.info('the CRDs are those of this version again');
      else logger.warn('the CRDs are older than this version', { missing: findings });
    } catch (error) {
      // What was known stays known: the next look tells.
      if (!signal.aborted) logger.debug('CRDs not read', { error: errorMessage(error) });
    }
  }
}

/** One sentence for each CRD that lacks something; empty when all is there. */
export async function crdFindings(
  client: Pick<KubeClient, 'get'>,
  needed: readonly CustomResourceDefinition[],
  signal: AbortSignal,
): Promise<string[]> {
  const findings: string[] = [];
  for (const crd of needed) {
    const name = crd.metadata?.name ?? '';
    const live = await ignoreNotFound(client.get(resources.customResourceDefinitions, { name }, { signal }));
    const missing = live === undefined ? ['it is not there'] : crdShortfall(crd, live);
    if (missing.length > 0) findings.push(`CRD ${name}: ${missing.join(', ')}`);
  }
  return findings;
}
