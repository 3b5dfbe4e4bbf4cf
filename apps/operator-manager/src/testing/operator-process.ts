import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@rackwright/core';
import { fixedConnection, type KubeConnection, resources } from '@rackwright/kube';
import { Daemon, freePort } from '@rackwright/testbed/without-nodes';
import { namespace, type OperatorEnvironment } from './operator-environment.ts';
import { podEnvironment } from './replica.ts';

const account = 'slingshot-operator';
const main = fileURLToPath(new URL('../main.ts', import.meta.url));

/** The operator as a process of its own, with the token of a pod, by which the audit log tells replicas apart. */
export class OperatorProcess implements AsyncDisposable {
  /** Of its pod. */
  readonly name: string;
  readonly #daemon: Daemon;
  readonly #health: string;

  private constructor(name: string, daemon: Daemon, healthPort: number) {
    this.name = name;
    this.#daemon = daemon;
    this.#health = `http://127.0.0.1:${healthPort}`;
  }

  /** @param server the API server's URL, or that of a proxy before it */
  static async start(
    testEnv: OperatorEnvironment,
    name: string,
    args: readonly string[],
    server = testEnv.plane.server,
  ): Promise<OperatorProcess> {
    const connection = { ...(await podConnection(testEnv, name, server)), namespace };
    const env = await podEnvironment(join(testEnv.plane.folder, name), connection);
    const healthPort = await freePort();
    const daemon = await Daemon.start(
      {
        name,
        program: process.execPath,
        args: [
          ...['--conditions=@rackwright/source', '--disable-warning=ExperimentalWarning', main],
          ...[`--pod-name=${name}`, `--health-probe-bind-address=:${healthPort}`, ...args],
        ],
        log: join(testEnv.plane.folder, `${name}.log`),
        env: env as Record<string, string>,
      },
      systemClock,
    );
    return new OperatorProcess(name, daemon, healthPort);
  }

  /** Stops or continues the process as it stands, without its noticing. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    if (this.#daemon.pid !== undefined) process.kill(this.#daemon.pid, signal);
  }

  async isReady(): Promise<boolean> {
    return (await fetch(`${this.#health}/readyz`).catch(() => undefined))?.ok === true;
  }

  /** What it logged with this message, oldest first. */
  async logged(message: string): Promise<Readonly<Record<string, unknown>>[]> {
    const lines = (await readFile(this.#daemon.spec.log, 'utf8')).split('\n');
    return lines
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ msg }) => msg === message);
  }

  lastLines(count: number): Promise<string> {
    return this.#daemon.lastLines(count);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signal('SIGCONT');
    await this.#daemon.stop();
  }
}

/** What a pod of the operator's Deployment has: the operator's account, in a token that names the pod. */
export async function podConnection(
  { admin, plane }: OperatorEnvironment,
  name: string,
  server = plane.server,
): Promise<KubeConnection> {
  const spec = { serviceAccountName: account, containers: [{ name: 'manager', image: 'registry.test/a' }] };
  const pod = await admin.create(resources.pods, { metadata: { name, namespace }, spec });
  const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name, uid: pod.metadata?.uid ?? '' };
  const { token } = await admin.createToken({ namespace, name: account }, { boundObjectRef });
  return fixedConnection({ server, ca: plane.ca, token });
}

/** An account that may do what the operator's own may. */
export async function accountOf(testEnv: OperatorEnvironment, name: string): Promise<KubeConnection> {
  const metadata = { name, namespace };
  const subjects = [{ kind: 'ServiceAccount' as const, ...metadata }];
  const roleRef = {
    apiGroup: 'rbac.authorization.k8s.io',
    kind: 'ClusterRole' as const,
    name: 'cluster-admin',
  };
  await testEnv.admin.apply(resources.serviceAccounts, { metadata }, { fieldManager: 'test' });
  const binding = { metadata: { name: `test-${name}` }, roleRef, subjects };
  await testEnv.admin.apply(resources.clusterRoleBindings, binding, { fieldManager: 'test' });
  return await testEnv.plane.serviceAccount({ namespace, name });
}
