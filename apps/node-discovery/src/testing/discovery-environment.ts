import { fileURLToPath } from 'node:url';
import { Lifetime, silentLogger, systemClock } from '@rackwright/core';
import type { HostReader } from '@rackwright/host';
import {
  fixedConnection,
  isKubeError,
  KubeClient,
  type Node,
  type PolicyRule,
  resources,
} from '@rackwright/kube';
import {
  type AuditEvent,
  ControlPlane,
  ProgramResolver,
  serviceAccountUser,
  waitUntil,
} from '@rackwright/testbed/without-nodes';
import { readHost } from '../host/snapshot.ts';
import { discover } from '../labels/discover.ts';
import { Publisher, type PublisherOptions } from '../publish/publisher.ts';
import { rules } from './rules.ts';

const chart = fileURLToPath(new URL('../../../../charts/node-discovery', import.meta.url));
const clock = systemClock;
/** Where the chart of the tests is, and the account it makes. */
export const account = { namespace: 'discovery', name: 'nd-node-discovery' };

/** A real API server with the chart installed by the real Helm, and agents that have the tokens of their pods. */
export class DiscoveryEnvironment implements AsyncDisposable {
  readonly plane: ControlPlane;
  /** A cluster administrator. */
  readonly admin: KubeClient;
  readonly #lifetime: Lifetime;
  #pods = 0;

  private constructor(plane: ControlPlane, lifetime: Lifetime) {
    this.plane = plane;
    this.#lifetime = lifetime;
    this.admin = this.#client(plane.admin());
  }

  static async start(): Promise<DiscoveryEnvironment> {
    const programs = new ProgramResolver({ env: process.env, clock, progress: () => undefined });
    const lifetime = new Lifetime();
    const plane = lifetime.use(await ControlPlane.start({ programs, clock }));
    const testEnv = new DiscoveryEnvironment(plane, lifetime);
    const words = ['install', 'nd', chart, '--namespace', account.namespace, '--create-namespace'];
    const { code, stderr } = await plane.helm(...words);
    if (code !== 0) throw new Error(`helm install: ${stderr}`);
    await testEnv.#policyHolds();
    return testEnv;
  }

  /** Changes values of the chart. */
  async upgrade(...set: string[]): Promise<void> {
    const values = set.flatMap((value) => ['--set', value]);
    const { code, stderr } = await this.plane.helm(
      'upgrade',
      'nd',
      chart,
      '--namespace',
      account.namespace,
      ...values,
    );
    if (code !== 0) throw new Error(`helm upgrade: ${stderr}`);
  }

  /** Changes what the agents may do, as whoever keeps their ClusterRole by hand does. */
  async setRules(rules: readonly PolicyRule[]): Promise<void> {
    const { name } = account;
    const patch = { rules: [...rules] };
    await this.admin.patch(resources.clusterRoles, { name }, patch, { strategy: 'merge' });
  }

  /** Adds a Node with these labels of others. */
  async node(name: string, labels: Record<string, string> = {}): Promise<void> {
    await this.admin.create(resources.nodes, { metadata: { name, labels } });
  }

  async labels(name: string): Promise<Readonly<Record<string, string>>> {
    return (await this.stored(name)).metadata?.labels ?? {};
  }

  stored(name: string): Promise<Node> {
    return this.admin.get(resources.nodes, { name });
  }

  /** A client with the token of an agent's pod on this node. */
  async agent(node: string): Promise<KubeClient> {
    this.#pods += 1;
    return this.agentIn(node, `agent-${this.#pods}`);
  }

  /** The same for a pod of this name. */
  async agentIn(node: string, podName: string): Promise<KubeClient> {
    return this.#client(fixedConnection(await this.#credentials(node, podName)));
  }

  async #credentials(node: string, podName: string): Promise<{ server: string; ca: string; token: string }> {
    const { namespace } = account;
    const { metadata } = await this.admin.get(resources.daemonSets, account);
    const owner = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: account.name, uid: metadata?.uid ?? '' };
    const pod = await this.admin.create(resources.pods, {
      metadata: { namespace, name: podName, ownerReferences: [owner] },
      spec: {
        nodeName: node,
        serviceAccountName: account.name,
        containers: [{ name: 'node-discovery', image: 'registry.test/node-discovery' }],
      },
    });
    const { name = '', uid = '' } = pod.metadata ?? {};
    const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name, uid };
    const { token } = await this.admin.createToken(account, { boundObjectRef });
    const { server, ca } = this.plane;
    return { server, ca, token };
  }

  /** An agent that just started, which looks at these files of a host. */
  publisher(
    node: string,
    client: KubeClient,
    files: HostReader,
    more: Partial<PublisherOptions> = {},
  ): () => Promise<void> {
    const look = () => discover(readHost(files), rules);
    const publisher = new Publisher({
      ...{ node, client, clock, look, intervalMs: 1000 },
      reachability: client.reachability,
      logger: silentLogger,
      ...more,
    });
    return () => publisher.publish(look(), new AbortController().signal);
  }

  /** What the agents asked of the API server so far. */
  requests(): Promise<AuditEvent[]> {
    return this.plane.auditEvents({ user: (name) => name === serviceAccountUser(account) });
  }

  /** The API server takes a moment to compile a policy. */
  async #policyHolds(): Promise<void> {
    await this.node('nobodys');
    const agent = await this.agent('nobodys');
    let tries = 0;
    const attempt = () => {
      tries += 1;
      const metadata = { labels: { forbidden: String(tries) } };
      return agent.patch(resources.nodes, { name: 'nobodys' }, { metadata }, { strategy: 'merge' });
    };
    const isRefused = (error: unknown): boolean => isKubeError(error) && error.status === 422;
    await waitUntil('the policy', () => attempt().then(() => false, isRefused), {
      clock,
      deadlineMs: 30_000,
    });
  }

  #client(connection: ConstructorParameters<typeof KubeClient>[0]['connection']): KubeClient {
    return this.#lifetime.use(new KubeClient({ connection, clock, userAgent: 'node-discovery-test' }));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#lifetime[Symbol.asyncDispose]();
  }
}
