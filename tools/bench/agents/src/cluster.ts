import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@rackwright/core';
import { KubeClient, resources } from '@rackwright/kube';
import { ControlPlane, ProgramResolver } from '@rackwright/testbed/without-nodes';

const crds = fileURLToPath(new URL('../../../../config/crd/bases', import.meta.url));
const account = { namespace: 'default', name: 'agent' };
const secrets = 'var/run/secrets/kubernetes.io/serviceaccount';

/** A real API server with our CRDs and one node, for the processes that speak to one. */
export class BenchCluster implements AsyncDisposable {
  readonly #plane: ControlPlane;

  private constructor(plane: ControlPlane) {
    this.#plane = plane;
  }

  static async start(node: string): Promise<BenchCluster> {
    const clock = systemClock;
    const programs = new ProgramResolver({
      env: process.env,
      clock,
      progress: (line) => console.error(line),
    });
    const plane = await ControlPlane.start({ programs, clock });
    const applied = await plane.kubectl('apply', '--server-side', '-f', crds);
    if (applied.code !== 0) throw new Error(applied.stderr);
    await plane.untilCrdsServed();
    await using admin = new KubeClient({ connection: plane.admin(), clock, userAgent: 'bench' });
    await admin.create(resources.nodes, { metadata: { name: node } });
    await admin.create(resources.serviceAccounts, { metadata: account });
    await admin.create(resources.clusterRoleBindings, {
      metadata: { name: account.name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', ...account }],
    });
    return new BenchCluster(plane);
  }

  /** Kubeconfig file of an administrator. */
  get kubeconfig(): string {
    return this.#plane.adminKubeconfig;
  }

  /** Makes `folder` look like the root of a pod: a service account, and the host at /host. */
  async writePod(folder: string, host: string): Promise<Record<string, string>> {
    const { token = '' } = await (await this.#plane.serviceAccount(account)).credentials();
    mkdirSync(join(folder, secrets), { recursive: true });
    const files = { token, 'ca.crt': this.#plane.ca, namespace: account.namespace };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, secrets, name), text);
    symlinkSync(host, join(folder, 'host'));
    const { hostname, port } = new URL(this.#plane.server);
    return {
      RACKWRIGHT_SANDBOX_ROOT: folder,
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#plane[Symbol.asyncDispose]();
  }
}
