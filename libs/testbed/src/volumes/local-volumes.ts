import { Controller, Informer } from '@rackwright/controller';
import { type Clock, HwError, isHwError, Lifetime, type Logger, silentLogger } from '@rackwright/core';
import { kubernetes } from '@rackwright/keys';
import {
  EventRecorder,
  ignoreNotFound,
  KubeClient,
  type KubeConnection,
  type KubeObject,
  keyOf,
  type Node,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type Pod,
  type ResourceType,
  resources,
  type StorageClass,
} from '@rackwright/kube';
import {
  claimStep,
  type FolderWork,
  helperLabel,
  helperName,
  helperNamespace,
  helperPod,
  hostnameOf,
  isDiscarded,
  localProvisioner,
  localVolume,
  volumeName,
} from './volume-plan.ts';

/** What the provisioner talks to. */
export interface LocalVolumesOptions {
  readonly connection: KubeConnection;
  readonly clock: Clock;
  readonly logger?: Logger;
}

/** The class of claims that name none. */
export const localStorageClass = 'local';

const claimPrefix = 'claim/';
const volumePrefix = 'volume/';

/**
 * Makes local volumes for claims of StorageClasses of `rackwright.io/local`, on
 * the node the scheduler chose or on any, and removes those nobody wants any
 * more. Folders are made and removed by short-lived pods on the node, so that
 * nothing but the Kubernetes API is used here.
 */
export class LocalVolumes implements AsyncDisposable {
  readonly #client: KubeClient;
  readonly #events: EventRecorder;
  readonly #claims: Informer<PersistentVolumeClaim>;
  readonly #volumes: Informer<PersistentVolume>;
  readonly #classes: Informer<StorageClass>;
  readonly #nodes: Informer<Node>;
  readonly #helpers: Informer<Pod>;
  readonly #controller: Controller;
  readonly #lifetime: Lifetime;

  private constructor({ connection, clock, logger = silentLogger }: LocalVolumesOptions, lifetime: Lifetime) {
    this.#lifetime = lifetime;
    const client = lifetime.use(
      new KubeClient({ connection, clock, logger, userAgent: 'rackwright-local-volumes' }),
    );
    this.#client = client;
    this.#events = lifetime.use(
      new EventRecorder({ client, clock, logger, component: localProvisioner, instance: 'testbed' }),
    );
    const informer = <T extends KubeObject>(type: ResourceType<T>): Informer<T> =>
      new Informer<T>({ client, clock, logger, type });
    this.#claims = informer(resources.persistentVolumeClaims);
    this.#volumes = informer(resources.persistentVolumes);
    this.#classes = informer(resources.storageClasses);
    this.#nodes = informer(resources.nodes);
    this.#helpers = new Informer<Pod>({
      ...{ client, clock, logger, type: resources.pods },
      ...{ namespace: helperNamespace, labelSelector: helperLabel },
    });
    this.#controller = new Controller({
      ...{ name: 'local-volumes', client, clock, logger, concurrency: 4 },
      sources: [
        { informer: this.#claims, map: (claim) => [claimPrefix + keyOf(claim)] },
        { informer: this.#volumes, map: (volume) => [volumePrefix + keyOf(volume)] },
        { informer: this.#helpers, map: (helper) => this.#servedBy(helper) },
        // They may be what a claim waits for.
        {
          informer: this.#classes,
          map: () => this.#claims.list().map((claim) => claimPrefix + keyOf(claim)),
        },
      ],
      reconcile: (key) => this.#reconcile(key),
    });
  }

  /** Starts looking after claims, and makes the class of those that name none. */
  static async start(options: LocalVolumesOptions): Promise<LocalVolumes> {
    const lifetime = new Lifetime({ logger: options.logger ?? silentLogger });
    const volumes = new LocalVolumes(options, lifetime);
    const all = [volumes.#claims, volumes.#volumes, volumes.#classes, volumes.#nodes, volumes.#helpers];
    for (const informer of all) lifetime.spawn(informer.name, (signal) => informer.start(signal));
    lifetime.spawn('local volumes', (signal) => volumes.#controller.start(signal));
    const annotations = { [kubernetes.annotation.defaultClass]: 'true' };
    const object = {
      metadata: { name: localStorageClass, annotations },
      ...{
        provisioner: localProvisioner,
        reclaimPolicy: 'Delete',
        volumeBindingMode: 'WaitForFirstConsumer',
      },
    };
    await volumes.#client.create(resources.storageClasses, object);
    return volumes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lifetime[Symbol.asyncDispose]();
  }

  /** The claims and the volume a helper pod works for. */
  #servedBy({ metadata }: KubeObject): readonly string[] {
    const volume = metadata?.labels?.[helperLabel] ?? '';
    const claims = this.#claims.list().filter((claim) => volumeName(claim) === volume);
    return [...claims.map((claim) => claimPrefix + keyOf(claim)), volumePrefix + volume];
  }

  async #reconcile(key: string): Promise<void> {
    if (key.startsWith(claimPrefix)) await this.#provide(key.slice(claimPrefix.length));
    else await this.#discard(key.slice(volumePrefix.length));
  }

  async #provide(key: string): Promise<void> {
    const claim = this.#claims.get(key);
    // One that is made but not bound yet needs no second.
    if (claim === undefined || this.#volumes.get(volumeName(claim)) !== undefined) return;
    const storageClass = this.#classes.get(claim.spec?.storageClassName ?? '');
    const next = claimStep(claim, storageClass, this.#nodes.list());
    if (next.step === 'none') return;
    if (next.step === 'make') {
      const node = this.#nodes.get(next.node);
      if (node === undefined || storageClass === undefined) return;
      if (!(await this.#worked(volumeName(claim), 'make', next.node))) return;
      await this.#create(localVolume(claim, storageClass, node));
      await this.#endHelper(volumeName(claim), 'make');
      const message = `Successfully provisioned volume ${volumeName(claim)}`;
      this.#tell(claim, 'Normal', kubernetes.event.provisioned, message);
      return;
    }
    this.#tell(claim, 'Warning', kubernetes.event.provisioningFailed, next.message);
    if (next.step === 'reschedule') await this.#forgetNode(claim);
    throw new HwError('Unavailable', next.message);
  }

  async #discard(name: string): Promise<void> {
    const volume = this.#volumes.get(name);
    if (volume === undefined) return this.#endForgotten(name);
    if (!isDiscarded(volume)) return;
    const hostname = hostnameOf(volume);
    const node = this.#nodes
      .list()
      .find(({ metadata }) => metadata?.labels?.[kubernetes.label.hostname] === hostname)?.metadata?.name;
    // With a node that is gone its disk is gone too.
    if (node !== undefined && !(await this.#worked(name, 'remove', node))) return;
    const preconditions = { uid: volume.metadata?.uid ?? '' };
    await ignoreNotFound(this.#client.delete(resources.persistentVolumes, { name }, { preconditions }));
    await this.#endHelper(name, 'remove');
  }

  /** Whether the volume's folder on the node is as wanted; starts a helper pod that sees to it. */
  async #worked(volume: string, work: FolderWork, node: string): Promise<boolean> {
    const helper = this.#helpers.get(`${helperNamespace}/${helperName(volume, work)}`);
    if (helper === undefined) {
      await this.#client.create(resources.pods, helperPod(volume, work, node)).catch(ignoreExisting);
      return false;
    }
    const { phase } = helper.status ?? {};
    if (phase === 'Failed') {
      await this.#endHelper(volume, work);
      throw new HwError(
        'Unavailable',
        `${work} ${volume} on ${node} failed: ${helper.status?.message ?? ''}`,
      );
    }
    return phase === 'Succeeded';
  }

  /** Helper pods of a volume that is gone or was never made, because its claim is gone. */
  async #endForgotten(volume: string): Promise<void> {
    if (this.#claims.list().some((claim) => volumeName(claim) === volume)) return;
    for (const { metadata } of this.#helpers.list()) {
      if (metadata?.labels?.[helperLabel] !== volume) continue;
      for (const work of ['make', 'remove'] as const) await this.#endHelper(volume, work);
    }
  }

  async #endHelper(volume: string, work: FolderWork): Promise<void> {
    const key = { namespace: helperNamespace, name: helperName(volume, work) };
    await ignoreNotFound(this.#client.delete(resources.pods, key, { gracePeriodSeconds: 0 }));
  }

  async #create(volume: PersistentVolume): Promise<void> {
    await this.#client.create(resources.persistentVolumes, volume).catch(ignoreExisting);
  }

  async #forgetNode({ metadata }: PersistentVolumeClaim): Promise<void> {
    const { namespace = '', name = '', uid } = metadata ?? {};
    const annotations = { [kubernetes.annotation.selectedNode]: null };
    const patch = { metadata: { uid, annotations } };
    const key = { namespace, name };
    await ignoreNotFound(
      this.#client.patch(resources.persistentVolumeClaims, key, patch, { strategy: 'merge' }),
    );
  }

  #tell(claim: PersistentVolumeClaim, type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { namespace = '', name = '', uid = '' } = claim.metadata ?? {};
    const regarding = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid };
    this.#events.emit(regarding, { type, reason, message });
  }
}

function ignoreExisting(error: unknown): void {
  if (!isHwError(error, 'AlreadyExists')) throw error;
}
