import { copyFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { systemClock as clock } from '@rackwright/core';
import { KubeClient, resources } from '@rackwright/kube';
import type { ImageResolver } from '@rackwright/simulator';
import {
  appImages,
  buildApps,
  builtApps,
  ProgramResolver,
  type SidecarName,
  SimulatedCluster,
  sidecarImages,
  sidecarNames,
  temporaryFolder,
  waitUntil,
  workspaceRoot,
} from '@rackwright/testbed';
import { driverDeployment, node } from './objects.ts';

/** The processes that are measured: who they are, and their pod and container. */
export const measured = [
  { name: 'pmem-csi-driver', pod: '-node-', container: 'pmem-driver' },
  { name: 'its registrar', pod: '-node-', container: 'driver-registrar' },
  { name: 'external-provisioner', pod: '-node-', container: 'external-provisioner' },
  { name: 'external-resizer', pod: '-node-', container: 'external-resizer' },
  { name: 'pmem-csi-driver, mode webhooks', pod: '-controller-', container: 'pmem-driver' },
  { name: 'operator-manager', pod: 'pmem-csi-operator-', container: 'manager' },
] as const;

const progress = (line: string): void => console.error(line);

/** A cluster of one node with the operator, and a driver it has rolled out with the sidecars. */
export class SidecarCluster implements AsyncDisposable {
  readonly kube: KubeClient;
  readonly #cluster: SimulatedCluster;
  readonly #folder: string;
  readonly #stack: AsyncDisposableStack;

  private constructor(cluster: SimulatedCluster, folder: string, stack: AsyncDisposableStack) {
    this.#cluster = cluster;
    this.#folder = folder;
    this.#stack = stack;
    this.kube = stack.use(
      new KubeClient({ connection: cluster.controlPlane.admin(), clock, userAgent: 'bench' }),
    );
  }

  /** Builds what is needed, starts everything and waits until the driver is registered. */
  static async start(): Promise<SidecarCluster> {
    await buildApps({ clock, env: process.env, progress });
    await using stack = new AsyncDisposableStack();
    const { path: folder } = stack.use(await temporaryFolder('rwbs-'));
    const programs = new ProgramResolver({ env: process.env, clock, progress });
    const cluster = stack.use(
      await SimulatedCluster.start({
        ...{ programs, clock, progress, sidecars: sidecarNames },
        images: unshared(folder, await programs.resolveAll(sidecarNames)),
        nodes: [{ name: node, host: { nics: [] }, labels: { storage: 'pmem' } }],
        requiredApps: ['operator-manager', 'pmem-csi-driver'],
      }),
    );
    const started = new SidecarCluster(cluster, folder, stack.move());
    try {
      await started.#rollOut();
      return started;
    } catch (error) {
      await started[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Applies objects as a user would. */
  async apply(items: readonly object[]): Promise<void> {
    const file = join(this.#folder, 'objects.json');
    writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    await this.#kubectl('apply', '--server-side', '--filename', file);
  }

  /** Process ids in the order of `measured`. @throws Error while one does not run */
  pids(): readonly number[] {
    const { kubelet } = this.#cluster.node(node);
    return measured.map(({ name, pod, container }) => {
      const uids = kubelet.pods().filter(({ metadata }) => metadata?.name?.includes(pod));
      const records = uids.flatMap(({ metadata }) => kubelet.runtime.list(metadata?.uid));
      const record = records.find((one) => one.name === container && one.state === 'running');
      const pid = record && kubelet.runtime.pid(record.id);
      if (pid === undefined) throw new Error(`${name} does not run`);
      return pid;
    });
  }

  async #rollOut(): Promise<void> {
    await this.#kubectl('apply', '--server-side', '--kustomize', join(workspaceRoot, 'config/pmem'));
    await this.#cluster.controlPlane.untilCrdsServed();
    await this.apply([driverDeployment]);
    const registered = async (): Promise<boolean> => {
      const { spec } = await this.kube.get(resources.csiNodes, { name: node });
      return this.pids().length > 0 && (spec.drivers ?? []).length > 0;
    };
    await waitUntil('the driver and its sidecars to run', registered, { clock, deadlineMs: 180_000 });
  }

  async #kubectl(...words: string[]): Promise<void> {
    const { code, stderr } = await this.#cluster.controlPlane.kubectl(...words);
    if (code !== 0) throw new Error(stderr);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

/** Images whose programs nothing else on this machine runs: only containers of the node share their pages. */
function unshared(folder: string, programs: Readonly<Record<SidecarName, string>>): ImageResolver {
  const own = (program: string): string => {
    const copy = join(folder, basename(program));
    copyFileSync(program, copy);
    return copy;
  };
  const nodeBinary = own(process.execPath);
  const appOf = appImages(builtApps);
  const sidecarOf = sidecarImages({
    'csi-provisioner': own(programs['csi-provisioner']),
    'csi-resizer': own(programs['csi-resizer']),
  });
  return (reference) => {
    const app = appOf(reference);
    if (app === undefined) return sidecarOf(reference);
    return { ...app, files: { ...app.files, '/usr/bin/node': nodeBinary } };
  };
}
