import { fileURLToPath } from 'node:url';
import { Lifetime, systemClock } from '@rackwright/core';
import { KubeClient, resources } from '@rackwright/kube';
import { ControlPlane, ProgramResolver } from '@rackwright/testbed/without-nodes';
import type { PodOfCluster } from './plugin-run.ts';

const inRepository = (path: string): string => fileURLToPath(new URL(`../../../../${path}`, import.meta.url));
const account = { namespace: 'phison', name: 'test-ai100-device-plugin' };
const clock = systemClock;

/** A real API server with the plugin's chart, by the real Helm, and one node. */
export class PluginCluster implements AsyncDisposable {
  /** A cluster administrator. */
  readonly admin: KubeClient;
  readonly #plane: ControlPlane;
  readonly #lifetime: Lifetime;

  private constructor(plane: ControlPlane, lifetime: Lifetime) {
    this.#plane = plane;
    this.#lifetime = lifetime;
    const userAgent = 'ai100-device-plugin-test';
    this.admin = lifetime.use(new KubeClient({ connection: plane.admin(), clock, userAgent }));
  }

  static async start(): Promise<PluginCluster> {
    const programs = new ProgramResolver({ env: process.env, clock, progress: () => undefined });
    const lifetime = new Lifetime();
    const plane = lifetime.use(await ControlPlane.start({ programs, clock }));
    const crd = inRepository('config/crd/bases/operators.phison.com_aidaptivcachenodes.yaml');
    const chart = inRepository('charts/ai100-device-plugin');
    const created = await plane.kubectl('create', '--filename', crd);
    if (created.code !== 0) throw new Error(created.stderr);
    const words = ['install', 'test', chart, '--namespace', account.namespace, '--create-namespace'];
    const installed = await plane.helm(...words);
    if (installed.code !== 0) throw new Error(installed.stderr);
    await plane.untilCrdsServed();
    return new PluginCluster(plane, lifetime);
  }

  /** What the plugin's pod on a new node of this name has: the rights its chart gives it, and no others. */
  async pod(node: string): Promise<PodOfCluster> {
    const { namespace, name: serviceAccountName } = account;
    await this.admin.create(resources.nodes, { metadata: { name: node } });
    const pod = await this.admin.create(resources.pods, {
      metadata: { namespace, name: `plugin-${node}` },
      spec: { nodeName: node, serviceAccountName, containers: [{ name: 'plugin', image: 'plugin' }] },
    });
    const { name = '', uid = '' } = pod.metadata ?? {};
    const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name, uid };
    const { token } = await this.admin.createToken(account, { boundObjectRef });
    const { hostname, port } = new URL(this.#plane.server);
    return {
      env: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
      account: { token, 'ca.crt': this.#plane.ca, namespace },
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#lifetime[Symbol.asyncDispose]();
  }
}
