import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, HwError, type Logger, silentLogger } from '@rackwright/core';
import { type RunOutcome, SystemProcessRunner } from '@rackwright/host';
import type { ProgramName } from '../programs/catalogue.ts';
import type { ProgramResolver } from '../programs/resolver.ts';
import {
  apiServerArguments,
  controllerManagerArguments,
  etcdArguments,
  file,
  type Layout,
  schedulerArguments,
} from './arguments.ts';
import type { Authority } from './authority.ts';
import type { KubeConnection } from './connection.ts';
import { Daemon } from './daemon.ts';
import { certificateConnection, serviceAccountConnection } from './identities.ts';
import { formatKubeconfig } from './kubeconfig.ts';
import { freePorts } from './ports.ts';
import { untilReady } from './readiness.ts';
import { writePrivate, writeRunFolder } from './run-folder.ts';

/** Programs a control plane can run beside etcd and the API server. */
export type ControlPlaneComponent = 'controller-manager' | 'scheduler';

/** How a control plane is started. */
export interface ControlPlaneOptions {
  readonly programs: Pick<ProgramResolver, 'resolve'>;
  /** Default: neither. */
  readonly components?: readonly ControlPlaneComponent[];
  /** Where keys, logs and data go; kept afterwards. Default: a new short-named folder, removed afterwards. */
  readonly folder?: string;
  readonly clock: Clock;
  readonly logger?: Logger;
  readonly progress?: (line: string) => void;
  /** Gives up starting. */
  readonly signal?: AbortSignal;
}

const startDeadlineMs = 60_000;

/** An API server asked to end waits up to a minute for open watches, which clients here do not close. */
function stopGraceMs(name: ProgramName): number {
  return name === 'kube-apiserver' ? 2000 : 10_000;
}

/** A real etcd and kube-apiserver on loopback, with an authority of its own. */
export class ControlPlane implements AsyncDisposable {
  readonly folder: string;
  /** URL of the API server; the same for the whole life. */
  readonly server: string;
  /** The authority's certificate, PEM. */
  readonly ca: string;
  /** Kubeconfig file of a cluster administrator. */
  readonly adminKubeconfig: string;
  /** Where the API server writes one JSON line per request. */
  readonly auditLog: string;
  readonly #options: ControlPlaneOptions;
  readonly #logger: Logger;
  readonly #layout: Layout;
  readonly #authority: Authority;
  readonly #daemons = new Map<ProgramName, Daemon>();
  readonly #admin: KubeConnection;

  private constructor(options: ControlPlaneOptions, layout: Layout, authority: Authority) {
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    this.#layout = layout;
    this.#authority = authority;
    this.folder = layout.folder;
    this.server = `https://127.0.0.1:${layout.apiPort}`;
    this.ca = authority.cert;
    this.adminKubeconfig = file(layout, 'admin.kubeconfig');
    this.auditLog = file(layout, 'audit.log');
    this.#admin = this.as('admin', ['system:masters']);
  }

  /**
   * Starts everything and waits until it can be used: the API server is ready,
   * namespace `default` exists and, with the controller manager, its
   * ServiceAccount too.
   *
   * @throws HwError NotFound when a program cannot be had, Internal quoting the log of one that failed
   */
  static async start(options: ControlPlaneOptions): Promise<ControlPlane> {
    const folder = options.folder ?? (await mkdtemp(join(await realpath(tmpdir()), 'rw')));
    const [etcdPort = 0, apiPort = 0] = await freePorts(2);
    const layout = { folder, etcdPort, apiPort };
    const plane = new ControlPlane(options, layout, await writeRunFolder(layout, options.clock));
    try {
      await plane.#startAll();
      return plane;
    } catch (error) {
      await plane[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A cluster administrator. */
  admin(): KubeConnection {
    return this.#admin;
  }

  /** Any user, by client certificate. */
  as(user: string, groups: readonly string[]): KubeConnection {
    return certificateConnection(this.server, this.#authority, user, groups);
  }

  /** The kubelet of node `name`. */
  node(name: string): KubeConnection {
    return this.as(`system:node:${name}`, ['system:nodes']);
  }

  /** A ServiceAccount that exists, by a token that is renewed in time. */
  async serviceAccount(key: { readonly namespace?: string; readonly name: string }): Promise<KubeConnection> {
    const connection = serviceAccountConnection(this.#admin, key, this.#options.clock);
    await connection.credentials();
    return connection;
  }

  /** Writes a kubeconfig with what `connection` proves itself with now. */
  async kubeconfigFor(connection: KubeConnection, path: string): Promise<void> {
    const text = formatKubeconfig(connection.server, await connection.credentials(), connection.namespace);
    await writePrivate(path, text);
  }

  /** Ends the API server as an upgrade or a crash would; etcd keeps running. */
  async stopApiServer(): Promise<void> {
    await this.#daemons.get('kube-apiserver')?.stop();
  }

  /** Starts the API server again on the same port and waits until it is ready. */
  async startApiServer(): Promise<void> {
    await this.#run('kube-apiserver', apiServerArguments(this.#layout));
    await this.#ready(['/readyz', '/api/v1/namespaces/default']);
  }

  /** Runs kubectl as administrator. */
  kubectl(...args: string[]): Promise<RunOutcome> {
    return this.#command('kubectl', args);
  }

  /** Runs Helm 3 as administrator. */
  helm(...args: string[]): Promise<RunOutcome> {
    return this.#command('helm', args);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const daemon of [...this.#daemons.values()].reverse()) await daemon.stop();
    if (this.#options.folder === undefined) await rm(this.folder, { recursive: true, force: true });
  }

  async #startAll(): Promise<void> {
    const { components = [] } = this.#options;
    await this.kubeconfigFor(this.#admin, this.adminKubeconfig);
    await this.#run('etcd', etcdArguments(this.#layout));
    await this.startApiServer();
    if (components.includes('controller-manager')) await this.#startControllerManager();
    if (components.includes('scheduler')) await this.#startScheduler();
  }

  async #startControllerManager(): Promise<void> {
    await this.#writeComponentKubeconfig('controller-manager');
    await this.#run('kube-controller-manager', controllerManagerArguments(this.#layout));
    await this.#ready(['/api/v1/namespaces/default/serviceaccounts/default']);
  }

  async #startScheduler(): Promise<void> {
    await this.#writeComponentKubeconfig('scheduler');
    await this.#run('kube-scheduler', schedulerArguments(this.#layout));
  }

  #writeComponentKubeconfig(name: ControlPlaneComponent): Promise<void> {
    return this.kubeconfigFor(this.as(`system:kube-${name}`, []), file(this.#layout, `${name}.kubeconfig`));
  }

  async #run(name: ProgramName, args: readonly string[]): Promise<void> {
    const running = this.#daemons.get(name);
    if (running !== undefined && running.exit === undefined) {
      throw new HwError('FailedPrecondition', `${name} is already running`);
    }
    const { programs, signal, clock, progress } = this.#options;
    const program = await programs.resolve(name, signal);
    signal?.throwIfAborted();
    progress?.(`starting ${name}`);
    const log = file(this.#layout, `${name}.log`);
    const daemon = await Daemon.start(
      { name, program, args, log, env: this.#environment(), stopGraceMs: stopGraceMs(name) },
      clock,
    );
    this.#logger.debug('started', { program: name, pid: daemon.pid });
    this.#daemons.set(name, daemon);
  }

  #ready(paths: readonly string[]): Promise<void> {
    const { clock, signal } = this.#options;
    return untilReady({
      connection: this.#admin,
      paths,
      daemons: [...this.#daemons.values()],
      deadlineMs: startDeadlineMs,
      clock,
      ...(signal === undefined ? {} : { signal }),
    });
  }

  async #command(name: 'kubectl' | 'helm', args: readonly string[]): Promise<RunOutcome> {
    const program = await this.#options.programs.resolve(name, this.#options.signal);
    return new SystemProcessRunner(this.#options.clock).run([program, ...args], {
      deadlineMs: 120_000,
      maxOutputBytes: 16 * 1024 * 1024,
      env: { ...this.#environment(), KUBECONFIG: this.adminKubeconfig },
    });
  }

  /** Nothing of the caller's settings but where programs are; caches stay in the run folder. */
  #environment(): Record<string, string> {
    return { PATH: process.env.PATH ?? '', HOME: this.folder, TMPDIR: this.folder };
  }
}
