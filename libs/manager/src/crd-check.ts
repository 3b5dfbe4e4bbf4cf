import { Informer, type InformerOptions } from '@rackwright/controller';
import { aborted, Latest, type Runnable } from '@rackwright/core';
import { type CustomResourceDefinition, resources } from '@rackwright/kube';
import { crdFindings } from './crd-findings.ts';

/** What a `CrdCheck` needs. */
export interface CrdCheckOptions
  extends Pick<InformerOptions<CustomResourceDefinition>, 'client' | 'clock' | 'logger'> {
  /** The CRDs this version needs. */
  readonly needed: readonly CustomResourceDefinition[];
}

/** How to mend it. */
const remedy =
  'bring the CRDs of this version: helm upgrade with operator-manager.crds.upgrade=true, or kubectl apply --server-side --force-conflicts -f crds/';

/**
 * Compares the CRDs of the cluster with those this version needs, whenever they
 * change. An older CRD makes the API server drop fields without an error, and Helm
 * never upgrades CRDs.
 */
export class CrdCheck implements Runnable {
  readonly name = 'CRD check';
  /** What is missing and how to mend it, as one sentence; undefined when nothing is, or nobody knows yet. */
  readonly shortfall = new Latest<string | undefined>(undefined);
  readonly #options: CrdCheckOptions;
  /** One for each CRD: the right to list all of them would show every CRD of the cluster. */
  readonly #informers: ReadonlyMap<string, Informer<CustomResourceDefinition>>;

  constructor(options: CrdCheckOptions) {
    this.#options = options;
    const { client, clock, logger } = options;
    this.#informers = new Map(
      options.needed.map(({ metadata }) => {
        const name = metadata?.name ?? '';
        const fieldSelector = `metadata.name=${name}`;
        const type = resources.customResourceDefinitions;
        return [name, new Informer({ client, clock, logger, type, fieldSelector })];
      }),
    );
  }

  async start(signal: AbortSignal): Promise<void> {
    using subscriptions = new DisposableStack();
    const informers = [...this.#informers.values()];
    for (const informer of informers) {
      subscriptions.use(informer.subscribe(() => this.#look()));
      subscriptions.use(informer.synced.subscribe(() => this.#look()));
    }
    await Promise.all([...informers.map((informer) => informer.start(signal)), aborted(signal)]);
  }

  #look(): void {
    const { needed, logger } = this.#options;
    if (![...this.#informers.values()].every(({ synced }) => synced.value)) return;
    const findings = crdFindings(needed, (name) => this.#informers.get(name)?.get(name));
    if (!this.shortfall.set(findings.length === 0 ? undefined : `${findings.join('; ')}; ${remedy}`)) return;
    if (findings.length === 0) logger.info('the CRDs are those of this version');
    else logger.warn('the CRDs are older than this version', { missing: findings });
  }
}
