import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AisClient } from '@rackwright/aistore';
import { type AIStore, aistores } from '@rackwright/api';
import { Lifetime, silentLogger, systemClock } from '@rackwright/core';
import { ais } from '@rackwright/keys';
import { KubeClient, type KubeConnection, type KubeObject, resources } from '@rackwright/kube';
import {
  bundlePath,
  bundlePrograms,
  ProgramResolver,
  SimulatedCluster,
  type TemporaryFolder,
  temporaryFolder,
  waitUntil,
} from '@rackwright/testbed';

const clock = systemClock;
const crds = fileURLToPath(new URL('../../../../config/crd/bases', import.meta.url));
const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const fieldManager = 'test';
/** Of the operator; what it may do is tried elsewhere. */
const account = 'operator';
/** How long a cluster may take to come to what is asked of it, in milliseconds. */
const patienceMs = 240_000;

interface BedParts {
  readonly cluster: SimulatedCluster;
  readonly kube: KubeClient;
  readonly folder: TemporaryFolder;
  readonly podEnv: Readonly<Record<string, string>>;
}

/** A simulated cluster with AIStore's kinds, for operators that run outside of it and are killed. */
export class KillBed implements AsyncDisposable {
  readonly cluster: SimulatedCluster;
  readonly kube: KubeClient;
  /** The operator as one file. */
  readonly program: string;
  readonly #podEnv: Readonly<Record<string, string>>;
  readonly #lifetime: Lifetime;

  private constructor({ cluster, kube, folder, podEnv }: BedParts, lifetime: Lifetime) {
    this.cluster = cluster;
    this.kube = kube;
    this.program = bundlePath(folder.path, 'operator');
    this.#podEnv = podEnv;
    this.#lifetime = lifetime;
  }

  /** @param nodeNames those of its nodes */
  static async start(nodeNames: readonly string[]): Promise<KillBed> {
    const programs = new ProgramResolver({ env: process.env, clock, progress: () => undefined });
    const lifetime = new Lifetime({ logger: silentLogger });
    try {
      const folder = lifetime.use(await temporaryFolder('rwk-'));
      const nodes = nodeNames.map((name) => ({ name, host: { nics: [] } }));
      const [cluster] = await Promise.all([
        SimulatedCluster.start({ programs, clock, requiredApps: [], nodes }),
        bundlePrograms({ operator: main }, folder.path),
      ]);
      lifetime.use(cluster);
      const { controlPlane } = cluster;
      const kube = lifetime.use(
        new KubeClient({ connection: controlPlane.admin(), clock, userAgent: 'kill-bed' }),
      );
      await controlPlane.kubectl('apply', '--server-side', '-f', crds);
      await controlPlane.untilCrdsServed();
      await controlPlane.kubectl('create', 'serviceaccount', account);
      const rights = ['--clusterrole=cluster-admin', `--serviceaccount=default:${account}`];
      await controlPlane.kubectl('create', 'clusterrolebinding', account, ...rights);
      const connection = await controlPlane.serviceAccount({ namespace: 'default', name: account });
      const podEnv = await podEnvironment(folder.path, connection);
      return new KillBed({ cluster, kube, folder, podEnv }, lifetime);
    } catch (error) {
      await lifetime[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Flags of an operator that works alone: one that was killed would hold the lead for a while. */
  get args(): readonly string[] {
    return ['--cluster-domain=cluster.local', '--health-probe-bind-address=0', '--metrics-bind-address=0'];
  }

  /** Variables of a process that reaches the API server and Services as a pod does. */
  get env(): Readonly<Record<string, string>> {
    const url = `http://default:pod@${this.cluster.networkProxy}`;
    const direct = 'localhost,127.0.0.1';
    return {
      ...this.#podEnv,
      ...{ PATH: process.env.PATH ?? '', NODE_USE_ENV_PROXY: '1' },
      ...{ HTTP_PROXY: url, http_proxy: url, NO_PROXY: direct, no_proxy: direct },
    };
  }

  async createNamespace(name: string): Promise<void> {
    await this.kube.apply(resources.namespaces, { metadata: { name } }, { fieldManager });
  }

  /** A user's client of a cluster; disposed by the caller. */
  objectsOf({ status }: AIStore): AisClient {
    const baseUrl = status?.intraClusterURL ?? '';
    return new AisClient({ baseUrl, clock, proxyEnv: this.env, timeoutMs: 30_000 });
  }

  async get(namespace: string, name: string): Promise<AIStore> {
    return this.kube.get(aistores, { namespace, name });
  }

  /** Changes a cluster as a user does. */
  async patch(namespace: string, name: string, spec: object): Promise<void> {
    await this.kube.patch(aistores, { namespace, name }, { spec }, { strategy: 'merge' });
  }

  /**
   * Waits until a cluster says what is wanted of its spec as it is now.
   *
   * @param fault why there is no use in waiting; undefined while there is
   */
  async until(
    { namespace, name }: { readonly namespace: string; readonly name: string },
    what: string,
    is: (cluster: AIStore) => boolean,
    fault: () => string | undefined = () => undefined,
  ): Promise<AIStore> {
    const isSo = async (): Promise<AIStore | undefined> => {
      const cluster = await this.get(namespace, name);
      const { metadata, status } = cluster;
      if (status?.observedGeneration === metadata?.generation && is(cluster)) return cluster;
      const ready = status?.conditions?.find(({ type }) => type === ais.condition.ready);
      throw new Error(`it is ${status?.state}: ${ready?.reason}: ${ready?.message}`);
    };
    return await this.untilTrue(`AIStore ${name} ${what}`, isSo, fault);
  }

  async untilTrue<T>(
    what: string,
    is: () => Promise<T | undefined>,
    fault: () => string | undefined = () => undefined,
  ): Promise<T> {
    const gaveUp = new AbortController();
    const check = async (): Promise<T | undefined> => {
      const problem = fault();
      if (problem !== undefined) gaveUp.abort(new Error(`the operator ended by itself: ${problem}`));
      return is();
    };
    return await waitUntil(what, check, { clock, deadlineMs: patienceMs, signal: gaveUp.signal });
  }

  /** Everything in a namespace that no namespace has by itself, and what AIStore knows its clusters by on nodes. */
  async left(namespace: string): Promise<readonly string[]> {
    const { pods, statefulSets, services, persistentVolumeClaims, configMaps, jobs } = resources;
    const found: string[] = [];
    for (const type of [aistores, pods, statefulSets, services, persistentVolumeClaims, configMaps, jobs]) {
      const { items } = await this.kube.list<KubeObject>(type, { namespace });
      found.push(...items.map(({ metadata }) => `${type.plural}/${metadata?.name}`));
    }
    for (const { name, host } of this.cluster.nodes) {
      const folder = join(host.folder, 'etc/ais', namespace);
      const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
      const files = entries.filter((file) => file.isFile() && file.name.startsWith('.ais.'));
      found.push(...files.map((file) => `${name}: ${join(file.parentPath, file.name)}`));
    }
    return found.filter((one) => one !== 'configmaps/kube-root-ca.crt');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lifetime[Symbol.asyncDispose]();
  }
}

/** The environment and files of a pod that reaches the API server as `connection` says. */
async function podEnvironment(folder: string, connection: KubeConnection): Promise<Record<string, string>> {
  const files = join(folder, 'var/run/secrets/kubernetes.io/serviceaccount');
  await mkdir(files, { recursive: true });
  const { token = '', ca = '' } = await connection.credentials();
  const texts = { token, 'ca.crt': ca, namespace: 'default' };
  for (const [name, text] of Object.entries(texts)) await writeFile(join(files, name), text);
  const { hostname, port } = new URL(connection.server);
  return {
    RACKWRIGHT_SANDBOX_ROOT: folder,
    ...{ KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
  };
}
