import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CxiDeviceObject, nodeLabelValue } from '@rackwright/api';
import { fitName, Lifetime, maxNameLength, systemClock } from '@rackwright/core';
import {
  formatRetryHandlerState,
  type RetryHandlerEntry,
  retryHandlerStatePath,
} from '@rackwright/hardware-cxi';
import { rackwright } from '@rackwright/keys';
import { type Event, type Node, resources } from '@rackwright/kube';
import { type HostSpec, SimulatedHost } from '@rackwright/simulator';
import { Daemon, temporaryFolder, waitUntil } from '@rackwright/testbed/without-nodes';
import { type AgentEnvironment, account } from './agent-environment.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const secrets = 'var/run/secrets/kubernetes.io/serviceaccount';
const clock = systemClock;
let agents = 0;

/** A driver-agent process on a simulated host, with the token its pod would have. */
export class RunningAgent implements AsyncDisposable {
  readonly node: string;
  readonly host: SimulatedHost;
  readonly #testEnv: AgentEnvironment;
  readonly #lifetime: Lifetime;
  readonly #folder: string;
  readonly #address: string;
  #daemon: Daemon | undefined;

  private constructor(
    testEnv: AgentEnvironment,
    node: string,
    host: SimulatedHost,
    folder: string,
    lifetime: Lifetime,
  ) {
    this.#testEnv = testEnv;
    this.node = node;
    this.host = host;
    this.#folder = folder;
    this.#lifetime = lifetime;
    agents += 1;
    this.#address = `127.${100 + (process.pid % 100)}.${(process.pid >> 7) % 250}.${agents}`;
  }

  static async start(
    testEnv: AgentEnvironment,
    node: string,
    spec: HostSpec,
    args: readonly string[],
  ): Promise<RunningAgent> {
    const lifetime = new Lifetime();
    const { path } = lifetime.use(await temporaryFolder('rwda-'));
    const host = await SimulatedHost.create(join(path, 'node'), spec);
    const agent = new RunningAgent(testEnv, node, host, path, lifetime);
    await agent.#writePod();
    await agent.restart(args);
    return agent;
  }

  /** Starts the process, after stopping the one that runs. */
  async restart(args: readonly string[] = []): Promise<void> {
    await this.stop();
    const server = new URL(this.#testEnv.plane.server);
    this.#daemon = await Daemon.start(
      {
        name: `driver-agent-${this.node}`,
        program: process.execPath,
        args: [
          '--conditions=@rackwright/source',
          ...[
            main,
            `--node-name=${this.node}`,
            '--host-root=/host',
            '--poll-interval=1s',
            '--forget-after=3s',
            ...args,
          ],
        ],
        log: this.#logFile,
        env: {
          [rackwright.env.sandboxRoot]: join(this.#folder, 'pod'),
          [rackwright.env.sandboxAddress]: this.#address,
          KUBERNETES_SERVICE_HOST: server.hostname,
          KUBERNETES_SERVICE_PORT: server.port,
          LOG_LEVEL: 'debug',
        },
      },
      clock,
    );
  }

  async stop(): Promise<void> {
    await this.#daemon?.stop();
    this.#daemon = undefined;
  }

  /** A token as the kubelet gets it: bound to the pod, and so to the node. */
  async #writePod(): Promise<void> {
    const { admin, plane } = this.#testEnv;
    const pod = await admin.create(resources.pods, {
      metadata: { namespace: account.namespace, name: fitName(`driver-agent-${this.node}`, maxNameLength) },
      spec: {
        nodeName: this.node,
        serviceAccountName: account.name,
        containers: [{ name: 'driver-agent', image: 'driver-agent' }],
      },
    });
    const { name = '', uid = '' } = pod.metadata ?? {};
    const { token } = await admin.createToken(account, {
      boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name, uid },
    });
    const folder = join(this.#folder, 'pod', secrets);
    await mkdir(folder, { recursive: true });
    const files = { token, 'ca.crt': plane.ca, namespace: account.namespace };
    for (const [file, content] of Object.entries(files)) await writeFile(join(folder, file), content);
    await symlink(this.host.folder, join(this.#folder, 'pod/host'));
  }

  get #logFile(): string {
    return join(this.#folder, 'agent.log');
  }

  async log(): Promise<Record<string, unknown>[]> {
    const text = await readFile(this.#logFile, 'utf8');
    return text
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
  }

  /** One of its HTTP endpoints. */
  async http(path: string): Promise<{ status: number; body: string }> {
    const response = await fetch(`http://${this.#address}:8081${path}`);
    return { status: response.status, body: await response.text() };
  }

  /** Leaves what the retry-handler agent of the same node would. */
  async writeRetryHandlers(handlers: readonly RetryHandlerEntry[]): Promise<void> {
    const path = this.host.root.path(retryHandlerStatePath);
    await mkdir(join(path, '..'), { recursive: true });
    const updatedAt = new Date(clock.now()).toISOString();
    const text = formatRetryHandlerState({ version: 1, updatedAt, onCrash: 'markUnhealthy', handlers });
    await writeFile(path, text);
  }

  /** The CXIDevices of its node as kubectl shows them, by device. */
  async devices(): Promise<Record<string, CxiDeviceObject>> {
    const selector = `slingshot.hpe.com/node=${nodeLabelValue(this.node)}`;
    const text = await this.#testEnv.kubectl('get', 'cxidevices', '-l', selector, '-o', 'json');
    const items: CxiDeviceObject[] = JSON.parse(text).items;
    return Object.fromEntries(items.map((item) => [item.status?.device ?? item.metadata?.name ?? '', item]));
  }

  /** Waits until one of its CXIDevices is as wanted. */
  device(what: string, name: string, check: (object: CxiDeviceObject) => boolean): Promise<CxiDeviceObject> {
    return this.until(`${name} ${what}`, async () => {
      const device = (await this.devices())[name];
      return device !== undefined && check(device) ? device : undefined;
    });
  }

  async nodeObject(): Promise<Node> {
    return JSON.parse(await this.#testEnv.kubectl('get', 'node', this.node, '-o', 'json'));
  }

  /** Waits until the labels of its node are as wanted. */
  labels(what: string, check: (labels: Record<string, string>) => boolean): Promise<Record<string, string>> {
    return this.until(`labels of ${this.node} ${what}`, async () => {
      const labels = (await this.nodeObject()).metadata?.labels ?? {};
      return check(labels) ? labels : undefined;
    });
  }

  /** Waits for an event about its node or one of its CXIDevices. */
  event(reason: string, check: (event: Event) => boolean = () => true): Promise<Event> {
    return this.until(`event ${reason}`, async () => {
      const { items } = await this.#testEnv.admin.list(resources.events, { namespace: 'default' });
      return items.find((event) => {
        return event.reason === reason && event.regarding?.name?.startsWith(this.node) && check(event);
      });
    });
  }

  /** Waits until the agent says it is ready, or says why not. */
  ready(): Promise<unknown> {
    return this.until(`${this.node} to be ready`, async () => {
      const { status, body } = await this.http('/readyz');
      if (status !== 200) throw new Error(body);
      return true;
    });
  }

  async until<T>(what: string, check: () => Promise<T | undefined | false>): Promise<T> {
    try {
      return await waitUntil(what, check, { clock, deadlineMs: 15_000, intervalMs: 50 });
    } catch (cause) {
      const log = await readFile(this.#logFile, 'utf8').catch(() => '');
      throw new Error(`${what}: log of the agent:\n${log.slice(-4000)}`, { cause });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#lifetime[Symbol.asyncDispose]();
  }
}
