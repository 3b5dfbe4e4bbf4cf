import { type Clock, errorMessage, Lifetime, type Logger, silentLogger } from '@rackwright/core';
import { type RunOutcome, SystemProcessRunner } from '@rackwright/host';
import { KubeClient, type KubeConnection, type ObjectKey } from '@rackwright/kube';
import type { AuditEvent } from '../audit/audit-event.ts';
import type { AuditLogOptions } from '../audit/audit-log.ts';
import { readSettledAuditLog } from '../audit/settled-log.ts';
import { temporaryFolder } from '../process/temporary-folder.ts';
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
import type { Authority, KeyPair, Subject } from './authority.ts';
import { Components, commandEnvironment } from './components.ts';
import { certificateConnection, serviceAccountConnection } from './identities.ts';
import { formatKubeconfig } from './kubeconfig.ts';
import { freePorts } from './ports.ts';
import { answers, listens, type Readiness, untilReady } from './readiness.ts';
import { writePrivate, writeRunFolder } from './run-folder.ts';
import { untilCrdsServed } from './served-crds.ts';

/** Programs a control plane can run beside etcd and the API server. */
export type ControlPlaneComponent = 'controller-manager' | 'scheduler';

/** How a control plane is started. */
export interface ControlPlaneOptions {
  readonly programs: Pick<ProgramResolver, 'resolve' | 'resolveAll'>;
  /** Default: neither. */
  readonly components?: readonly ControlPlaneComponent[];
  /** Where keys, logs and data go; kept afterwards. Default: a new short-named folder, removed afterwards. */
  readonly folder?: string;
  /**
   * Address of this machine at which nodes and pods reach the API server, which
   * then answers at every address of the machine. Only in namespaces of its own, whose
   * network nobody else sees. Default: on loopback, at a free port.
   */
  readonly advertiseAddress?: string;
  /** Unix socket of an HTTP CONNECT proxy through which the API server reaches Services and nodes; default directly. */
  readonly egressSocket?: string;
  /** How long a node may give no sign of life before it is called lost, in milliseconds; default Kubernetes' 50 s. */
  readonly nodeGraceMs?: number;
  readonly clock: Clock;
  readonly logger?: Logger;
  /** Told what is being started. */
  readonly progress?: (line: string) => void;
  /** Gives up what is being started; a plane that runs is ended by disposing it. */
  readonly signal?: AbortSignal;
}

const startDeadlineMs = 60_000;
const startTries = 3;
/** Port of an API server that other machines reach. */
const advertisedPort = 443;
const commandDeadlineMs = 600_000;

/** A real etcd and kube-apiserver on loopback, with an authority of its own. */
export class ControlPlane implements AsyncDisposable {
  readonly folder: string;
  /** URL of the API server; the same for the whole life. */
  readonly server: string;
  /** URL at which nodes reach the API server. */
  readonly advertisedServer: string;
  /** The authority's certificate, PEM. */
  readonly ca: string;
  /** Kubeconfig file of a cluster administrator. */
  readonly adminKubeconfig: string;
  /** File to which the API server writes one JSON line per request. */
  readonly auditLog: string;
  readonly #options: ControlPlaneOptions;
  readonly #layout: Layout;
  readonly #authority: Authority;
  readonly #components: Components;
  readonly #admin: KubeConnection;
  readonly #client: KubeClient;
  readonly #lifetime: Lifetime;

  private constructor(
    options: ControlPlaneOptions,
    layout: Layout,
    authority: Authority,
    lifetime: Lifetime,
  ) {
    const { clock, logger = silentLogger, progress = () => undefined, programs, signal } = options;
    this.#options = options;
    this.#layout = layout;
    this.#authority = authority;
    this.#lifetime = lifetime;
    this.folder = layout.folder;
    this.server = `https://127.0.0.1:${layout.apiPort}`;
    this.advertisedServer = `https://${layout.advertiseAddress}:${layout.apiPort}`;
    this.ca = authority.cert;
    this.adminKubeconfig = file(layout, 'admin.kubeconfig');
    this.auditLog = file(layout, 'audit.log');
    this.#components = lifetime.use(new Components({ programs, layout, clock, logger, progress, signal }));
    this.#admin = this.as('admin', ['system:masters']);
    this.#client = lifetime.use(
      new KubeClient({ connection: this.#admin, clock, userAgent: 'rackwright-testbed' }),
    );
  }

  /**
   * Starts everything and waits until it can be used: the API server is ready,
   * namespace `default` exists and, with the controller manager, its
   * ServiceAccount too.
   *
   * @throws HwError NotFound when a program cannot be had, Internal quoting the log of one that failed
   */
  static async start(options: ControlPlaneOptions): Promise<ControlPlane> {
    const { components = [], programs, signal } = options;
    await programs.resolveAll(['etcd', 'kube-apiserver', ...components.map(programOf)], signal);
    for (let tries = 1; ; tries++) {
      try {
        return await ControlPlane.#startOnce(options);
      } catch (error) {
        // Somebody else may take a port between our looking and the program's listening.
        if (tries === startTries || !errorMessage(error).includes('address already in use')) throw error;
      }
    }
  }

  static async #startOnce(options: ControlPlaneOptions): Promise<ControlPlane> {
    const lifetime = new Lifetime();
    try {
      const folder = options.folder ?? lifetime.use(await temporaryFolder('rwcp-')).path;
      const [etcdPort = 0, apiPort = 0] = await freePorts(2);
      const { advertiseAddress, egressSocket, nodeGraceMs } = options;
      const api =
        advertiseAddress === undefined
          ? { bindAddress: '127.0.0.1', apiPort, advertiseAddress: '127.0.0.1' }
          : { bindAddress: '0.0.0.0', apiPort: advertisedPort, advertiseAddress };
      const layout = {
        ...{ folder, etcdPort, ...api },
        ...(egressSocket === undefined ? {} : { egressSocket }),
        ...(nodeGraceMs === undefined ? {} : { nodeGraceMs }),
      };
      const authority = await writeRunFolder(layout, options.clock);
      const plane = new ControlPlane(options, layout, authority, lifetime);
      await plane.#startAll();
      return plane;
    } catch (error) {
      await lifetime[Symbol.asyncDispose]();
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

  /**
   * A ServiceAccount (of namespace `default` if none is given), by a token that is renewed in time.
   *
   * @throws KubeError NotFound if there is no such account
   */
  async serviceAccount(key: ObjectKey): Promise<KubeConnection> {
    const connection = serviceAccountConnection(this.#client, key, this.ca, this.#options.clock);
    await connection.credentials();
    return connection;
  }

  /** A certificate signed by this plane's authority, for servers the API server talks to. */
  certificate(subject: Subject): Promise<KeyPair> {
    return this.#authority.issue(subject);
  }

  /** Writes a kubeconfig with what `connection` proves itself with now. */
  async kubeconfigFor(connection: KubeConnection, path: string): Promise<void> {
    const text = formatKubeconfig(connection.server, await connection.credentials(), connection.namespace);
    await writePrivate(path, text);
  }

  /** Ends the API server, breaking off open watches; etcd keeps running. */
  async stopApiServer(): Promise<void> {
    await this.#components.stop('kube-apiserver');
  }

  /** Starts the API server again on the same port and waits until it is ready. */
  async startApiServer(): Promise<void> {
    await this.#components.start('kube-apiserver', apiServerArguments(this.#layout));
    await this.#ready('/readyz', '/api/v1/namespaces/default');
  }

  /** What was asked of the API server up to now, and by whom. */
  auditEvents(options: AuditLogOptions = {}): Promise<AuditEvent[]> {
    return readSettledAuditLog(this.auditLog, this.#client, this.#options.clock, options);
  }

  /** Waits until objects of every CRD there is can be created. */
  untilCrdsServed(): Promise<void> {
    const { clock, signal } = this.#options;
    return untilCrdsServed({ client: this.#client, clock, signal });
  }

  /** Runs kubectl as administrator, ten minutes at most. */
  kubectl(...args: string[]): Promise<RunOutcome> {
    return this.#command('kubectl', args);
  }

  /** Runs Helm 3 as administrator, ten minutes at most. */
  helm(...args: string[]): Promise<RunOutcome> {
    return this.#command('helm', args);
  }

  /** Stops everything in reverse order and removes the folder unless it was given. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lifetime[Symbol.asyncDispose]();
  }

  async #startAll(): Promise<void> {
    const { components = [] } = this.#options;
    await this.kubeconfigFor(this.#admin, this.adminKubeconfig);
    await this.#components.start('etcd', etcdArguments(this.#layout));
    // An API server that finds nobody there tries again only after a second.
    await untilReady('etcd', () => listens(this.#layout.etcdPort), this.#readiness());
    await this.startApiServer();
    for (const component of components) await this.#startComponent(component);
    if (components.includes('controller-manager')) {
      await this.#ready('/api/v1/namespaces/default/serviceaccounts/default');
    }
  }

  async #startComponent(component: ControlPlaneComponent): Promise<void> {
    const kubeconfig = file(this.#layout, `${component}.kubeconfig`);
    await this.kubeconfigFor(this.as(`system:${programOf(component)}`, []), kubeconfig);
    await this.#components.start(programOf(component), componentArguments[component](this.#layout));
  }

  async #ready(...paths: string[]): Promise<void> {
    for (const path of paths) {
      await untilReady(path, (signal) => answers(this.#client, path, signal), this.#readiness());
    }
  }

  #readiness(): Readiness {
    const { clock, signal } = this.#options;
    return { daemons: this.#components.daemons, deadlineMs: startDeadlineMs, clock, signal };
  }

  async #command(name: 'kubectl' | 'helm', args: readonly string[]): Promise<RunOutcome> {
    const program = await this.#options.programs.resolve(name);
    return new SystemProcessRunner(this.#options.clock).run([program, ...args], {
      deadlineMs: commandDeadlineMs,
      maxOutputBytes: 16 * 1024 * 1024,
      env: { ...commandEnvironment(this.#layout), KUBECONFIG: this.adminKubeconfig },
    });
  }
}

const componentArguments = {
  'controller-manager': controllerManagerArguments,
  scheduler: schedulerArguments,
} as const;

function programOf(component: ControlPlaneComponent): Extract<ProgramName, `kube-${ControlPlaneComponent}`> {
  return `kube-${component}`;
}
