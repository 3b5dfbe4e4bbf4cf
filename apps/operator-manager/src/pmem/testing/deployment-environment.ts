import { fileURLToPath } from 'node:url';
import {
  type PmemCsiDeployment,
  type PmemCsiDeploymentSpec,
  type PmemDeployment,
  type PmemDeploymentSpec,
  pmemCsiDeployments,
  pmemDefinitions,
  pmemDeployments,
} from '@rackwright/api';
import { Latest, Lifetime, silentLogger, systemClock } from '@rackwright/core';
import {
  apiVersionOf,
  type Deployment,
  EventRecorder,
  ignoreNotFound,
  KubeClient,
  type KubeObject,
  type PolicyRule,
  type ResourceType,
  resources,
  type StatefulSet,
} from '@rackwright/kube';
import { SharedInformers } from '@rackwright/manager';
import { ControlPlane, ProgramResolver, waitUntil } from '@rackwright/testbed';
import { ownInstallation } from '../../claim/own-installation.ts';
import { agentRoles } from '../../install/agent-roles.ts';
import { operatorWritePolicy } from '../../install/operator-write-policy.ts';
import { defaultValues } from '../../install/values.ts';
import { CountingClient } from '../../testing/counting-client.ts';
import { pmemCsiDeploymentController } from '../controller.ts';
import { pmemInstall } from '../install.ts';
import { testSettings } from './fixtures.ts';

const config = fileURLToPath(new URL('../../../../../config/', import.meta.url));
const operator = 'pmem-csi-operator';
const { namespace } = testSettings;
const rbac = 'rbac.authorization.k8s.io/v1';
const ofStatus = { strategy: 'merge', subresource: 'status' } as const;

/** A real API server, and the PmemCSIDeployment controller with the rights and under the policy of its installation. */
export class DeploymentEnvironment implements AsyncDisposable {
  readonly plane: ControlPlane;
  readonly admin: KubeClient;
  /** The operator's own client. */
  readonly client: CountingClient;
  #lifetime = new Lifetime();

  private constructor(plane: ControlPlane, admin: KubeClient, client: CountingClient) {
    this.plane = plane;
    this.admin = admin;
    this.client = client;
  }

  /** `before` finds the installation without its operator. */
  static async start(
    before: (admin: KubeClient) => Promise<void> = async () => undefined,
  ): Promise<DeploymentEnvironment> {
    const clock = systemClock;
    const programs = new ProgramResolver({ env: process.env, clock, progress: () => undefined });
    const plane = await ControlPlane.start({ programs, clock });
    const admin = new KubeClient({ connection: plane.admin(), clock, userAgent: 'test' });
    const files = pmemDefinitions.flatMap(({ resource: { plural, group } }) => [
      '-f',
      `${config}crd/bases/${group}_${plural}.yaml`,
    ]);
    await plane.kubectl('apply', ...files);
    await plane.untilCrdsServed();
    const options = { fieldManager: 'test', signal: AbortSignal.timeout(60_000) };
    for (const object of installation()) await admin.apply(typeOf(object), object, options);
    await before(admin);
    const connection = await plane.serviceAccount({ namespace, name: operator });
    const client = new CountingClient({ connection, clock, userAgent: 'operator' });
    const testEnv = new DeploymentEnvironment(plane, admin, client);
    await testEnv.#run();
    return testEnv;
  }

  async #run(): Promise<void> {
    const { client } = this;
    const { signal } = this.#lifetime;
    const installed = await ownInstallation(client, { namespace, account: operator }, signal);
    const options = { client, clock: systemClock, logger: silentLogger };
    const events = this.#lifetime.use(
      new EventRecorder({ ...options, component: 'operator', instance: 'test' }),
    );
    const metrics = {
      reconciled: () => undefined,
      queueDepth: () => undefined,
      retried: () => undefined,
      cachedObjects: () => undefined,
      watchRestarted: () => undefined,
    };
    const informers = new SharedInformers({ ...options, metrics });
    const parts = pmemCsiDeploymentController({
      ...{ ...options, informers, events, notices: events, metrics, settings: testSettings },
      installation: installed,
      crdShortfall: new Latest<string | undefined>(undefined),
    });
    for (const part of [...informers.open(), ...parts.led, ...parts.always])
      this.#lifetime.spawn(part.name, (own) => part.start(own));
  }

  /** The operator ends, and another process of it begins. */
  async restart(): Promise<void> {
    await this.#lifetime[Symbol.asyncDispose]();
    this.#lifetime = new Lifetime();
    await this.#run();
  }

  async create(name: string, spec: PmemCsiDeploymentSpec = {}): Promise<void> {
    const kind = { apiVersion: 'pmem-csi.intel.com/v1beta1', kind: 'PmemCSIDeployment' };
    await this.admin.create(pmemCsiDeployments, { ...kind, metadata: { name }, spec });
  }

  async patch(name: string, spec: object): Promise<void> {
    await this.admin.patch(pmemCsiDeployments, { name }, { spec }, { strategy: 'merge' });
  }

  deployment(name: string): Promise<PmemCsiDeployment | undefined> {
    return ignoreNotFound(this.admin.get(pmemCsiDeployments, { name }));
  }

  async untilPhase(name: string, phase: string): Promise<PmemCsiDeployment> {
    await this.until(`${name} ${phase}`, async () => (await this.deployment(name))?.status?.phase === phase);
    return this.admin.get(pmemCsiDeployments, { name });
  }

  async createOlder(name: string, spec: PmemDeploymentSpec = {}): Promise<void> {
    const kind = { apiVersion: 'pmem-csi.intel.com/v1alpha1', kind: 'Deployment' };
    await this.admin.create(pmemDeployments, { ...kind, metadata: { name }, spec });
  }

  async patchOlder(name: string, spec: object): Promise<void> {
    await this.admin.patch(pmemDeployments, { name }, { spec }, { strategy: 'merge' });
  }

  async untilOlder(name: string, phase: string): Promise<PmemDeployment> {
    const find = () => this.admin.get(pmemDeployments, { name });
    await this.until(`${name} ${phase}`, async () => (await find()).status?.phase === phase);
    return find();
  }

  /** Plays the controllers of Kubernetes: every pod of the deployment is ready on so many nodes. */
  async roll(prefix: string, nodes: number): Promise<void> {
    await this.#rollDaemonSet(`${prefix}-node`, nodes);
    await this.#rollDaemonSet(`${prefix}-node-setup`, 0);
    await this.#rollController(resources.deployments, `${prefix}-controller`);
  }

  /** The same of one of the first operator's kind. */
  async rollOlder(prefix: string, nodes: number): Promise<void> {
    await this.#rollDaemonSet(`${prefix}-node`, nodes);
    await this.#rollController(resources.statefulSets, `${prefix}-controller`);
  }

  async #rollDaemonSet(name: string, count: number): Promise<void> {
    const key = { namespace, name };
    const { metadata } = await this.admin.get(resources.daemonSets, key);
    const status = {
      observedGeneration: metadata?.generation ?? 1,
      desiredNumberScheduled: count,
      currentNumberScheduled: count,
      updatedNumberScheduled: count,
      numberAvailable: count,
      numberReady: count,
      numberMisscheduled: 0,
    };
    await this.admin.patch(resources.daemonSets, key, { status }, ofStatus);
  }

  async #rollController(type: ResourceType<Deployment | StatefulSet>, name: string): Promise<void> {
    const key = { namespace, name };
    const { metadata, spec } = await this.admin.get(type, key);
    const replicas = spec?.replicas ?? 1;
    const counts = {
      replicas,
      updatedReplicas: replicas,
      readyReplicas: replicas,
      availableReplicas: replicas,
    };
    const status = { observedGeneration: metadata?.generation ?? 1, ...counts };
    await this.admin.patch(type, key, { status }, ofStatus);
  }

  /** Plays the garbage collector for a workload that is deleted after its pods. */
  async endPods(type: ResourceType, name: string): Promise<void> {
    const finalizers = { metadata: { finalizers: null } };
    await this.admin.patch(type, { namespace, name }, finalizers, { strategy: 'merge' });
  }

  /** An object as it is now. */
  find(object: KubeObject): Promise<KubeObject | undefined> {
    const { name = '', namespace: of } = object.metadata ?? {};
    return ignoreNotFound(
      this.admin.get(typeOf(object), { name, ...(of === undefined ? {} : { namespace: of }) }),
    );
  }

  async until(what: string, holds: () => Promise<boolean>): Promise<void> {
    await waitUntil(what, holds, { clock: systemClock, intervalMs: 50, deadlineMs: 60_000 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lifetime[Symbol.asyncDispose]();
    await this.client[Symbol.asyncDispose]();
    await this.admin[Symbol.asyncDispose]();
    await this.plane[Symbol.asyncDispose]();
  }
}

/** Rights and policies as the chart ships them. */
function installation(): KubeObject[] {
  const { controller, agents } = pmemInstall;
  const values = { ...defaultValues({}), name: operator, namespace };
  const role = (kind: 'ClusterRole' | 'Role', name: string, rules: readonly PolicyRule[]): KubeObject => ({
    ...{ apiVersion: rbac, kind },
    metadata: kind === 'Role' ? { name, namespace } : { name },
    ...{ rules },
  });
  const binding = (kind: 'ClusterRole' | 'Role'): KubeObject => ({
    ...{ apiVersion: rbac, kind: `${kind}Binding` },
    metadata: kind === 'Role' ? { name: operator, namespace } : { name: operator },
    ...{
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: operator },
      subjects: [{ kind: 'ServiceAccount', name: operator, namespace }],
    },
  });
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: operator, namespace } },
    role('ClusterRole', operator, controller.clusterRules(values)),
    role('Role', operator, controller.namespaceRules),
    ...[binding('ClusterRole'), binding('Role')],
    ...agentRoles({ ...agents, ...controller.pods }, values).flatMap(({ roles }) =>
      Object.entries(roles).map(([name, rules]) => role('ClusterRole', name, rules)),
    ),
    ...operatorWritePolicy(values, [controller]),
  ];
}

/** How an object of Kubernetes' own kinds is reached. */
export function typeOf({ apiVersion, kind }: KubeObject): ResourceType {
  const types = Object.values<ResourceType>(resources);
  const type = types.find((one) => one.kind === kind && apiVersionOf(one) === apiVersion);
  if (type === undefined) throw new Error(`no resource ${apiVersion} ${kind}`);
  return type;
}
