import { fileURLToPath } from 'node:url';
import { type CxiDriver, cxiDrivers } from '@rackwright/api';
import type { Informer } from '@rackwright/controller';
import { Latest, Lifetime, systemClock } from '@rackwright/core';
import { type DaemonSet, KubeClient, type KubeObject, resources } from '@rackwright/kube';
import {
  ControlPlane,
  type ControlPlaneComponent,
  ProgramResolver,
  type WaitOptions,
  waitUntil,
} from '@rackwright/testbed/without-nodes';
import { ownInstallation } from '../claim/own-installation.ts';
import { cxiDriverController } from '../cxidriver/controller.ts';
import { type Condition, conditionOf } from './conditions.ts';
import { controllerContext } from './controller-context.ts';
import { CountingClient } from './counting-client.ts';
import { testSettings } from './fixtures.ts';

const config = fileURLToPath(new URL('../../../../config/', import.meta.url));
export const namespace = testSettings.namespace;
const wait: WaitOptions = { clock: systemClock, deadlineMs: 60_000, intervalMs: 50 };

/** A real API server with config/default applied, and the operator's controller running under its own account. */
export class OperatorEnvironment implements AsyncDisposable {
  readonly plane: ControlPlane;
  /** The folder config/, with a slash at its end. */
  readonly config = config;
  /** A cluster administrator. */
  readonly admin: KubeClient;
  /** The operator's own client. */
  readonly client: CountingClient;
  #lifetime = new Lifetime();
  /** What the operator is told that the CRDs lack. */
  readonly crdShortfall = new Latest<string | undefined>(undefined);
  /** How many reconciles have ended. */
  reconciles = 0;
  /** The caches of the controller that runs. */
  informers: readonly Informer<KubeObject>[] = [];

  private constructor(plane: ControlPlane, admin: KubeClient, client: CountingClient) {
    this.plane = plane;
    this.admin = admin;
    this.client = client;
  }

  /**
   * @param runs whether the controller runs at once; without it a test starts the operator itself
   * @param components Kubernetes' own controllers that run beside it; without them a test plays them
   */
  static async start(
    runs = true,
    components: readonly ControlPlaneComponent[] = [],
  ): Promise<OperatorEnvironment> {
    const clock = systemClock;
    const programs = new ProgramResolver({ env: process.env, clock, progress: () => undefined });
    const plane = await ControlPlane.start({ programs, clock, components });
    const admin = new KubeClient({ connection: plane.admin(), clock, userAgent: 'test' });
    await applyCrds(plane);
    await applyInstallation(plane);
    const connection = await plane.serviceAccount({ namespace, name: 'slingshot-operator' });
    const client = new CountingClient({ connection, clock, userAgent: 'operator' });
    const testEnv = new OperatorEnvironment(plane, admin, client);
    if (runs) await testEnv.startOperator();
    return testEnv;
  }

  /** Ends the controller as a stop of the operator does: at once, whatever it was doing. */
  async stopOperator(): Promise<void> {
    await this.#lifetime[Symbol.asyncDispose]();
    this.#lifetime = new Lifetime();
  }

  /** Runs the controller, without leader election. */
  async startOperator(): Promise<void> {
    const { client } = this;
    const context = controllerContext(this.#lifetime, client, () => {
      this.reconciles += 1;
    });
    const own = { namespace, account: undefined };
    const installation = await ownInstallation(client, own, this.#lifetime.signal);
    const parts = cxiDriverController({
      ...{ ...context, installation, settings: testSettings },
      crdShortfall: this.crdShortfall,
    });
    // Without what it does beside its controller, and without other installations.
    const [controller] = parts.led;
    this.informers = context.informers.open();
    for (const part of [...this.informers, ...(controller === undefined ? [] : [controller])])
      this.#lifetime.spawn(part.name, (signal) => part.start(signal));
  }

  /** Applies the CRDs, again if a test took them away. */
  applyCrds(): Promise<void> {
    return applyCrds(this.plane);
  }

  /** Applies accounts, roles and policies, again if a test took them away. */
  applyInstallation(): Promise<void> {
    return applyInstallation(this.plane);
  }

  async createDriver(name: string, spec: object): Promise<void> {
    const kind = { apiVersion: 'cxi.hpe.com/v1', kind: 'CXIDriver' };
    await this.admin.create(cxiDrivers, { ...kind, metadata: { name }, spec } as CxiDriver);
  }

  async patchDriver(name: string, patch: object): Promise<void> {
    await this.admin.patch(cxiDrivers, { name }, patch, { strategy: 'merge' });
  }

  driver(name: string): Promise<CxiDriver> {
    return this.admin.get(cxiDrivers, { name });
  }

  async driverNames(): Promise<string[]> {
    const { items } = await this.admin.list(cxiDrivers);
    return items.map(({ metadata }) => metadata?.name ?? '').sort();
  }

  async daemonSets(): Promise<string[]> {
    const { items } = await this.admin.list(resources.daemonSets, { namespace });
    return items.map(({ metadata }) => metadata?.name ?? '').sort();
  }

  daemonSet(name: string): Promise<DaemonSet> {
    return this.admin.get(resources.daemonSets, { namespace, name });
  }

  /** Plays the DaemonSet controller: on how many nodes the newest template runs and is ready. */
  async roll(name: string, counts: { desired: number; updated?: number; available: number }): Promise<void> {
    const { metadata } = await this.daemonSet(name);
    const { desired, updated = desired, available } = counts;
    const status = {
      observedGeneration: metadata?.generation ?? 0,
      desiredNumberScheduled: desired,
      currentNumberScheduled: desired,
      updatedNumberScheduled: updated,
      numberMisscheduled: 0,
      numberReady: available,
      numberAvailable: available,
      numberUnavailable: desired - available,
    };
    await this.admin.patch(
      resources.daemonSets,
      { namespace, name },
      { status },
      {
        strategy: 'merge',
        subresource: 'status',
      },
    );
  }

  /** Plays the garbage collector: the last pod of a DaemonSet that is being deleted has ended. */
  async endPods(name: string): Promise<void> {
    await this.until(
      `DaemonSet ${name} to be deleted`,
      async () => (await this.daemonSet(name)).metadata?.deletionTimestamp,
    );
    const patch = { metadata: { finalizers: [] } };
    await this.admin.patch(resources.daemonSets, { namespace, name }, patch, { strategy: 'merge' });
  }

  /** Waits until a condition of a driver is as given, and returns it. */
  condition(driver: string, type: string, wanted: Partial<Condition>): Promise<Condition> {
    return this.until(`${type} of ${driver} to be ${JSON.stringify(wanted)}`, async () => {
      const condition = conditionOf(await this.driver(driver), type);
      const fits = Object.entries(wanted).every(
        ([key, value]) => condition?.[key as keyof Condition] === value,
      );
      return fits ? condition : undefined;
    });
  }

  until<T>(
    what: string,
    check: () => Promise<T | undefined | false>,
    deadlineMs = wait.deadlineMs ?? 20_000,
  ): Promise<T> {
    return waitUntil(what, check, { ...wait, deadlineMs });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lifetime[Symbol.asyncDispose]();
    await this.client[Symbol.asyncDispose]();
    await this.admin[Symbol.asyncDispose]();
    await this.plane[Symbol.asyncDispose]();
  }
}

async function applyCrds(plane: ControlPlane): Promise<void> {
  await run(plane, 'apply', '--server-side', '-f', `${config}crd/bases`);
  await plane.untilCrdsServed();
}

function applyInstallation(plane: ControlPlane): Promise<void> {
  return run(plane, 'apply', '--server-side', '-k', `${config}default`);
}

async function run(plane: ControlPlane, ...args: string[]): Promise<void> {
  const outcome = await plane.kubectl(...args);
  if (outcome.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${outcome.stderr}`);
}
