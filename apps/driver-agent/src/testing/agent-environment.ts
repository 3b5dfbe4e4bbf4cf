import { fileURLToPath } from 'node:url';
import { Lifetime, systemClock } from '@rackwright/core';
import { KubeClient, resources } from '@rackwright/kube';
import type { HostSpec } from '@rackwright/simulator';
import { type AuditEvent, ControlPlane, ProgramResolver } from '@rackwright/testbed/without-nodes';
import { RunningAgent } from './running-agent.ts';

const config = fileURLToPath(new URL('../../../../config/', import.meta.url));
const role = 'slingshot-operator-driver-agent';
const rbac = 'rbac.authorization.k8s.io';
/** The account the operator gives the agents of a CXIDriver named `cxi`. */
export const account = { namespace: 'slingshot-system', name: 'cxi-driver-agent' };

/** A real API server with config/default applied, and the account driver-agents run under. */
export class AgentEnvironment implements AsyncDisposable {
  readonly plane: ControlPlane;
  /** A cluster administrator. */
  readonly admin: KubeClient;
  readonly #lifetime: Lifetime;

  private constructor(plane: ControlPlane, lifetime: Lifetime) {
    this.plane = plane;
    this.#lifetime = lifetime;
    this.admin = lifetime.use(
      new KubeClient({ connection: plane.admin(), clock: systemClock, userAgent: 'driver-agent-test' }),
    );
  }

  static async start(): Promise<AgentEnvironment> {
    const clock = systemClock;
    const programs = new ProgramResolver({ env: process.env, clock, progress: () => undefined });
    const lifetime = new Lifetime();
    const plane = lifetime.use(await ControlPlane.start({ programs, clock }));
    const testEnv = new AgentEnvironment(plane, lifetime);
    await testEnv.applyCrds();
    await testEnv.kubectl('apply', '--server-side', '-k', `${config}default`);
    await testEnv.admin.create(resources.serviceAccounts, { metadata: account });
    await testEnv.bindAccount();
    return testEnv;
  }

  /** Applies the CRDs, again if a test took them away. */
  async applyCrds(): Promise<void> {
    await this.kubectl('apply', '--server-side', '-f', `${config}crd/bases`);
    await this.plane.untilCrdsServed();
  }

  /** Gives the agents' account its role, again if a test took it away. */
  async bindAccount(): Promise<void> {
    await this.admin.create(resources.clusterRoleBindings, {
      metadata: { name: account.name },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
      subjects: [{ kind: 'ServiceAccount', ...account }],
    });
  }

  /** Adds a Node, and an agent that runs on it as it would in its pod. */
  async agent(node: string, spec: HostSpec, args: readonly string[] = []): Promise<RunningAgent> {
    await this.admin.create(resources.nodes, {
      metadata: { name: node, labels: { 'example.com/rack': 'r1' } },
    });
    return this.#lifetime.use(await RunningAgent.start(this, node, spec, args));
  }

  /** Runs kubectl as administrator and returns what it printed. */
  async kubectl(...args: string[]): Promise<string> {
    const outcome = await this.plane.kubectl(...args);
    if (outcome.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${outcome.stderr}`);
    return outcome.stdout;
  }

  /** What the agents' account asked of the API server so far. */
  async requests(): Promise<AuditEvent[]> {
    const user = `system:serviceaccount:${account.namespace}:${account.name}`;
    return this.plane.auditEvents({ user: (name) => name === user });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#lifetime[Symbol.asyncDispose]();
  }
}
