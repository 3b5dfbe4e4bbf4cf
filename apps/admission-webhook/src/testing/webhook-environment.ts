import { cp, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Lifetime, systemClock } from '@rackwright/core';
import { KubeClient, resources } from '@rackwright/kube';
import { ControlPlane, Daemon, freePort, ProgramResolver } from '@rackwright/testbed/without-nodes';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const root = fileURLToPath(new URL('../../../../', import.meta.url));
export const namespace = 'hooks';
/** What the chart calls everything of this release. */
export const release = 'admission-webhook';
const clock = systemClock;

/** A real API server with the chart installed; its pods are run here, as processes. */
export class WebhookEnvironment implements AsyncDisposable {
  readonly plane: ControlPlane;
  readonly admin: KubeClient;
  readonly #lifetime: Lifetime;
  #mounted = 0;

  private constructor(plane: ControlPlane, lifetime: Lifetime) {
    this.plane = plane;
    this.#lifetime = lifetime;
    const connection = plane.admin();
    this.admin = lifetime.use(new KubeClient({ connection, clock, userAgent: 'test' }));
  }

  /** @param values of the chart, as `--set` takes them */
  static async start(...values: readonly string[]): Promise<WebhookEnvironment> {
    const lifetime = new Lifetime();
    const programs = new ProgramResolver({ env: process.env, clock, progress: () => undefined });
    const plane = lifetime.use(await ControlPlane.start({ programs, clock }));
    const testEnv = new WebhookEnvironment(plane, lifetime);
    await testEnv.#must(plane.kubectl('apply', '--server-side', '-f', `${root}config/crd/bases`));
    await testEnv.install(...values);
    return testEnv;
  }

  /** Installs the chart, or upgrades the release. */
  async install(...values: readonly string[]): Promise<void> {
    await this.#install(`${root}charts/${release}`, values);
  }

  /**
   * Installs the chart as it is generated with other families, of which it
   * knows whether anything is mutated, and the CRDs whose versions are converted.
   */
  async installFor(registrations: {
    readonly mutating: boolean;
    readonly crds: readonly string[];
  }): Promise<void> {
    const chart = join(this.plane.folder, 'chart');
    await cp(`${root}charts/${release}`, chart, { recursive: true });
    await writeFile(join(chart, 'files/registrations.yaml'), JSON.stringify(registrations));
    await this.#install(chart, []);
  }

  async #install(chart: string, values: readonly string[]): Promise<void> {
    const set = values.flatMap((value) => ['--set', value]);
    const target = ['upgrade', '--install', release, chart, '--namespace', namespace];
    await this.#must(this.plane.helm(...target, '--create-namespace', ...set));
  }

  /** Starts a replica with the arguments of the chart's Deployment, and more. */
  async replica(name: string, { url, args = [], program = main }: ReplicaOptions = {}): Promise<Replica> {
    const deployment = await this.admin.get(resources.deployments, { namespace, name: release });
    const pod = deployment.spec?.template.spec;
    const [container] = pod?.containers ?? [];
    const [port, healthPort, metricsPort] = [await freePort(), await freePort(), await freePort()];
    const own = [
      `--webhook-bind-address=:${port}`,
      `--health-probe-bind-address=:${healthPort}`,
      `--metrics-bind-address=:${metricsPort}`,
      `--external-url=${url ?? `https://localhost:${port}`}`,
    ];
    const daemon = await Daemon.start(
      {
        name,
        program: process.execPath,
        args: [
          ...['--conditions=@rackwright/source', '--disable-warning=ExperimentalWarning', program],
          ...merged(container?.args ?? [], [...own, ...args]),
        ],
        log: join(this.plane.folder, `${name}.log`),
        env: await this.#environment(name),
        // As a kubelet gives it.
        stopGraceMs: (pod?.terminationGracePeriodSeconds ?? 0) * 1000,
      },
      clock,
    );
    const replica = new Replica(daemon, { port, healthPort, metricsPort });
    this.#lifetime.defer(() => replica.stop());
    return replica;
  }

  /** Puts files where a replica of that name sees them, as a kubelet mounts a Secret; all at once. */
  async mount(name: string, path: string, data: Readonly<Record<string, string>>): Promise<void> {
    const folder = join(this.plane.folder, `${name}-root`, path);
    const version = `..version-${this.#mounted++}`;
    await mkdir(join(folder, version), { recursive: true });
    for (const [file, base64] of Object.entries(data))
      await writeFile(join(folder, version, file), Buffer.from(base64, 'base64'));
    await rm(join(folder, '..next'), { force: true });
    await symlink(version, join(folder, '..next'));
    await rename(join(folder, '..next'), join(folder, '..data'));
    for (const file of Object.keys(data))
      await symlink(join('..data', file), join(folder, file)).catch(() => undefined);
  }

  /** A file that kubectl can apply; returns its path. */
  async file(name: string, text: string): Promise<string> {
    const path = join(this.plane.folder, name);
    await writeFile(path, text);
    return path;
  }

  /** The environment and files of a pod with the chart's account. */
  async #environment(name: string): Promise<Record<string, string>> {
    const folder = join(this.plane.folder, `${name}-root`);
    const account = join(folder, 'var/run/secrets/kubernetes.io/serviceaccount');
    await mkdir(account, { recursive: true });
    const connection = await this.plane.serviceAccount({ namespace, name: release });
    const { token = '', ca = '' } = await connection.credentials();
    for (const [file, text] of Object.entries({ token, 'ca.crt': ca, namespace }))
      await writeFile(join(account, file), text);
    const { hostname, port } = new URL(this.plane.server);
    return {
      RACKWRIGHT_SANDBOX_ROOT: folder,
      RACKWRIGHT_SANDBOX_ADDRESS: '127.0.0.1',
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
      POD_NAMESPACE: namespace,
    };
  }

  async #must(running: ReturnType<ControlPlane['kubectl']>): Promise<void> {
    const { code, stderr } = await running;
    if (code !== 0) throw new Error(stderr);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lifetime[Symbol.asyncDispose]();
  }
}

/** How a replica differs from what the chart says. */
interface ReplicaOptions {
  /** Where API servers ask; by default this replica. */
  readonly url?: string;
  readonly args?: readonly string[];
  /** What runs in place of the app's `main.ts`. */
  readonly program?: string;
}

/** Arguments, the later in place of the earlier of the same flag. */
function merged(earlier: readonly string[], later: readonly string[]): string[] {
  const flag = (argument: string): string => argument.split('=')[0] ?? '';
  const flags = later.map(flag);
  return [...earlier.filter((argument) => !flags.includes(flag(argument))), ...later];
}

/** One replica. */
export class Replica {
  readonly ports: { readonly port: number; readonly healthPort: number; readonly metricsPort: number };
  readonly #daemon: Daemon;

  constructor(daemon: Daemon, ports: Replica['ports']) {
    this.#daemon = daemon;
    this.ports = ports;
  }

  get pid(): number | undefined {
    return this.#daemon.pid;
  }

  /** What `/readyz` says. */
  async readiness(): Promise<string> {
    const answer = await fetch(`http://127.0.0.1:${this.ports.healthPort}/readyz`).catch(() => undefined);
    return (await answer?.text())?.trim() ?? 'no answer';
  }

  async metrics(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.ports.metricsPort}/metrics`)).text();
  }

  logs(): Promise<string> {
    return this.#daemon.lastLines(1000);
  }

  async stop(): Promise<void> {
    await this.#daemon.stop();
  }

  /** Ends it as a kernel does that is out of memory. */
  async kill(): Promise<void> {
    if (this.pid !== undefined) process.kill(this.pid, 'SIGKILL');
    await this.#daemon.exited;
  }
}
