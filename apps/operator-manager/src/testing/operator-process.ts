import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@rackwright/core';
import { type KubeConnection, resources } from '@rackwright/kube';
import { Daemon, serviceAccountUser } from '@rackwright/testbed';
import { namespace, type OperatorEnvironment } from './operator-environment.ts';
import { freePort, podEnvironment } from './replica.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

/** The operator as a process of its own, with an account of its own, so that the audit log tells it from others. */
export class OperatorProcess implements AsyncDisposable {
  readonly name: string;
  /** Its user name in the audit log. */
  readonly user: string;
  readonly #daemon: Daemon;
  readonly #health: string;

  private constructor(name: string, daemon: Daemon, healthPort: number) {
    this.name = name;
    this.user = serviceAccountUser({ namespace, name });
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
    const account = await accountOf(testEnv, name);
    const connection = { server, namespace, credentials: () => account.credentials() };
    const env = await podEnvironment(join(testEnv.plane.folder, name), connection);
    const healthPort = await freePort();
    const daemon = await Daemon.start(
      {
        name,
        program: process.execPath,
        args: [
          ...['--conditions=@rackwright/source', '--disable-warning=ExperimentalWarning', main],
          // Whatever their accounts, all are replicas of one installation.
          '--service-account=slingshot-operator',
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
