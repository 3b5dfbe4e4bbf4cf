import { fileURLToPath } from 'node:url';
import { cxiDevices } from '@rackwright/api';
import { systemClock } from '@rackwright/core';
import { fixedConnection, isKubeError, KubeClient, resources } from '@rackwright/kube';
import { ControlPlane, ProgramResolver, waitUntil } from '@rackwright/testbed/without-nodes';

const namespace = 'slingshot-system';
const account = 'cxi-driver-agent';
const config = fileURLToPath(new URL('../../../../config/', import.meta.url));
const clock = systemClock;

/** An API server with what config/ installs, to try what a driver agent is let do. */
export class PolicyEnvironment implements AsyncDisposable {
  readonly #plane: ControlPlane;
  readonly #clients: KubeClient[] = [];
  readonly admin: KubeClient;

  private constructor(plane: ControlPlane) {
    this.#plane = plane;
    this.admin = this.#keep(new KubeClient({ connection: plane.admin(), clock, userAgent: 'test' }));
  }

  static async start(): Promise<PolicyEnvironment> {
    const programs = new ProgramResolver({ env: process.env, clock, progress: () => undefined });
    const testEnv = new PolicyEnvironment(await ControlPlane.start({ programs, clock }));
    try {
      await testEnv.#install();
      return testEnv;
    } catch (error) {
      await testEnv[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #install(): Promise<void> {
    await this.#kubectl('apply', '--server-side', '-f', `${config}crd/bases`);
    await this.#plane.untilCrdsServed();
    await this.#kubectl('apply', '--server-side', '-k', `${config}default`);
    const metadata = { name: account, namespace };
    await this.admin.create(resources.serviceAccounts, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata,
    });
    await this.#allowEverything();
  }

  /** So that a refusal is the policy's: the role of the agents alone would hide what the policy lets through. */
  async #allowEverything(): Promise<void> {
    const [name, apiGroup] = ['everything', 'rbac.authorization.k8s.io'];
    const rule = (group: string, ...names: string[]) => ({
      apiGroups: [group],
      resources: names,
      verbs: ['*'],
    });
    await this.admin.create(resources.clusterRoles, {
      metadata: { name },
      rules: [
        rule('', 'nodes', 'nodes/status'),
        rule('cxi.hpe.com', 'cxidevices', 'cxidevices/status'),
        rule('events.k8s.io', 'events'),
      ],
    });
    await this.admin.create(resources.clusterRoleBindings, {
      metadata: { name },
      roleRef: { apiGroup, kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name: account, namespace }],
    });
  }

  async #kubectl(...args: string[]): Promise<void> {
    const { code, stderr } = await this.#plane.kubectl(...args);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
  }

  /** A driver agent with the token of its pod on this node, once the API server has compiled the policy. */
  async agent(node: string): Promise<KubeClient> {
    const name = `agent-${this.#clients.length}`;
    const containers = [{ name: 'a', image: 'registry.test/a' }];
    const spec = { serviceAccountName: account, nodeName: node, containers };
    const pod = await this.admin.create(resources.pods, { metadata: { name, namespace }, spec });
    const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name, uid: pod.metadata?.uid ?? '' };
    const client = await this.stranger({ boundObjectRef });
    await this.#policyHolds(client);
    return client;
  }

  /** Somebody with a token of the agents' account that, unless it is bound to a pod, names no node. */
  async stranger(spec: Parameters<KubeClient['createToken']>[1] = {}): Promise<KubeClient> {
    const { token } = await this.admin.createToken({ namespace, name: account }, spec);
    const connection = fixedConnection({ server: this.#plane.server, ca: this.#plane.ca, token });
    return this.#keep(new KubeClient({ connection, clock, userAgent: 'agent' }));
  }

  async #policyHolds(client: KubeClient): Promise<void> {
    const forbidden = { apiVersion: 'cxi.hpe.com/v1', kind: 'CXIDevice', metadata: { name: 'nobodys' } };
    const refused = (error: unknown): boolean => isKubeError(error) && error.status === 422;
    const tried = (): Promise<boolean> => client.create(cxiDevices, forbidden).then(() => false, refused);
    await waitUntil('the policy', tried, { clock, deadlineMs: 30_000 });
  }

  #keep(client: KubeClient): KubeClient {
    this.#clients.push(client);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#clients.map((client) => client[Symbol.asyncDispose]()));
    await this.#plane[Symbol.asyncDispose]();
  }
}
