import { EventEmitter } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@rackwright/core';
import type { KubeConnection } from '@rackwright/kube';
import type { ServiceProcess } from '@rackwright/service';

/** A process in which an app believes to run. */
export class FakeProcess extends EventEmitter implements ServiceProcess {
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly clock = systemClock;
  /** What was printed, log lines left out. */
  printed = '';
  readonly stdout = {
    write: (text: string): void => {
      if (!text.startsWith('{')) this.printed += text;
    },
  };
  readonly stderr = this.stdout;

  constructor(argv: readonly string[], env: NodeJS.ProcessEnv) {
    super();
    this.argv = argv;
    this.env = env;
  }

  readFile(): string {
    throw new Error('no configuration file was named');
  }

  takeEarlySignal(): undefined {
    return undefined;
  }
}

/** The environment and files of a pod that reaches the API server as `connection` says. */
export async function podEnvironment(folder: string, connection: KubeConnection): Promise<NodeJS.ProcessEnv> {
  const account = join(folder, 'var/run/secrets/kubernetes.io/serviceaccount');
  await mkdir(account, { recursive: true });
  const { token = '', ca = '' } = await connection.credentials();
  const files = { token, 'ca.crt': ca, namespace: connection.namespace ?? 'slingshot-system' };
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(account, name), text)));
  const { hostname, port } = new URL(connection.server);
  return {
    RACKWRIGHT_SANDBOX_ROOT: folder,
    RACKWRIGHT_SANDBOX_ADDRESS: '127.0.0.1',
    KUBERNETES_SERVICE_HOST: hostname,
    KUBERNETES_SERVICE_PORT: port,
  };
}
