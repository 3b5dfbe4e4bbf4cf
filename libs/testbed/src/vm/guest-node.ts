import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, HwError } from '@rackwright/core';
import { containerdConfiguration } from '../node-environment/configuration.ts';
import { runtimeSocket } from '../node-environment/layout.ts';
import type { ProgramResolver } from '../programs/resolver.ts';
import { waitUntil } from '../wait-until.ts';
import { sharedFolder } from './initrd.ts';
import { busyboxOf } from './needs.ts';
import { makeSandboxArchive } from './sandbox-archive.ts';
import type { VirtualMachine } from './virtual-machine.ts';

/** What a node in a guest is made from. */
export interface GuestNodeOptions {
  readonly programs: ProgramResolver;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A pod as the kubelet reports it. */
export interface GuestPod {
  readonly metadata: { readonly name: string };
  readonly status: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly containerStatuses?: readonly { readonly state?: Readonly<Record<string, unknown>> }[];
  };
}

const staticPods = '/run/static-pods';
const podsUrl = 'http://127.0.0.1:10255/pods';
/** Programs of a guest take their time, most of all a kubelet that starts. */
const deadlineMs = 240_000;

/**
 * A real kubelet and containerd in a guest, without a control plane: pods are
 * files, and have the guest's network. Devices are handed to them as on any
 * node.
 */
export class GuestNode {
  readonly #machine: VirtualMachine;
  readonly #options: GuestNodeOptions;

  private constructor(machine: VirtualMachine, options: GuestNodeOptions) {
    this.#machine = machine;
    this.#options = options;
  }

  static async start(machine: VirtualMachine, options: GuestNodeOptions): Promise<GuestNode> {
    const { programs, env, clock, signal } = options;
    const names = ['kubelet', 'containerd', 'containerd-shim-runc-v2', 'ctr'] as const;
    const paths = await programs.resolveAll(names, signal);
    const node = new GuestNode(machine, options);
    await writeFile(
      join(machine.shared, 'containerd.toml'),
      containerdConfiguration({ containerdRoot: '/var/lib/containerd', folder: sharedFolder }),
    );
    await writeFile(join(machine.shared, 'kubelet.json'), kubeletConfiguration);
    const archive = await makeSandboxArchive(machine.shared, await busyboxOf(env), clock);
    await node.#shell(prepare(paths['containerd-shim-runc-v2']));
    await node.#daemon('containerd', [paths.containerd, `--config=${sharedFolder}/containerd.toml`]);
    const ctr = [paths.ctr, '--address', runtimeSocket, '--namespace', 'k8s.io'] as const;
    await node.#until('containerd', async () => (await machine.run([...ctr, 'version'])).code === 0);
    await node.#expect([...ctr, 'images', 'import', '--local', `${sharedFolder}/${archive}`]);
    await node.#daemon('kubelet', [
      paths.kubelet,
      ...[`--config=${sharedFolder}/kubelet.json`, '--hostname-override=guest'],
      ...['--root-dir=/var/lib/kubelet', '--cert-dir=/run/kubelet-certificates', '--v=2'],
    ]);
    await node.#until('the kubelet', async () => (await node.pods()) !== undefined);
    return node;
  }

  /** Makes the kubelet run a pod; the image is always that of the sandbox, which holds BusyBox. */
  async runPod(pod: { readonly metadata: { readonly name: string }; readonly spec: object }): Promise<void> {
    const manifest = { apiVersion: 'v1', kind: 'Pod', ...pod };
    await this.#machine.call('write', {
      path: `${staticPods}/${pod.metadata.name}.json`,
      text: JSON.stringify(manifest),
    });
  }

  /** Takes a pod away and waits until the kubelet has ended it. */
  async removePod(name: string): Promise<void> {
    await this.#machine.run(['rm', '-f', `${staticPods}/${name}.json`]);
    await this.#until(`the end of ${name}`, async () => (await this.pod(name)) === undefined);
  }

  /** Waits until the kubelet reports what `wanted` looks for. */
  untilPod(name: string, what: string, wanted: (pod: GuestPod) => boolean): Promise<GuestPod> {
    return this.#until(`${name} ${what}`, async () => {
      const pod = await this.pod(name);
      return pod !== undefined && wanted(pod) ? pod : undefined;
    });
  }

  async pod(name: string): Promise<GuestPod | undefined> {
    // The kubelet adds the node's name to that of a pod from a file.
    return (await this.pods())?.find(({ metadata }) => metadata.name === `${name}-guest`);
  }

  /** Every pod the kubelet knows; undefined while it does not answer. */
  async pods(): Promise<readonly GuestPod[] | undefined> {
    const { code, stdout } = await this.#machine.run(['busybox', 'wget', '-qO-', podsUrl]);
    return code === 0 ? ((JSON.parse(stdout) as { items: GuestPod[] | null }).items ?? []) : undefined;
  }

  #until<T>(what: string, check: () => Promise<T | undefined | false>): Promise<T> {
    const { clock, signal } = this.#options;
    return waitUntil(what, check, { clock, signal, deadlineMs, intervalMs: 500 });
  }

  async #daemon(name: string, argv: readonly [string, ...string[]]): Promise<void> {
    const env = { PATH: '/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };
    await this.#machine.call('start', { argv, env, log: `${sharedFolder}/${name}.log` });
  }

  async #shell(script: string): Promise<void> {
    await this.#expect(['sh', '-ec', script]);
  }

  async #expect(argv: readonly [string, ...string[]]): Promise<void> {
    const { code, stderr } = await this.#machine.run(argv, { deadlineMs });
    if (code !== 0) throw new HwError('Internal', `${argv.join(' ')}: ${stderr.trim()}`);
  }
}

/** Layers of images need a file system that is no overlay itself. */
function prepare(shim: string): string {
  const folders = ['/var/lib/containerd', '/var/lib/kubelet', '/var/log/pods', staticPods];
  return [
    'mount -t cgroup2 none /sys/fs/cgroup',
    `mkdir -p ${folders.join(' ')}`,
    'mount -t tmpfs tmpfs /var/lib/containerd',
    'mount -t tmpfs tmpfs /var/lib/kubelet',
    'mount --make-rshared /',
    `ln -sf ${shim} /usr/local/bin/containerd-shim-runc-v2`,
  ].join('\n');
}

/** A kubelet of its own that reads pods from files and tells on loopback what it runs. */
const kubeletConfiguration = JSON.stringify({
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  address: '127.0.0.1',
  healthzBindAddress: '127.0.0.1',
  readOnlyPort: 10255,
  authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
  authorization: { mode: 'AlwaysAllow' },
  containerRuntimeEndpoint: `unix://${runtimeSocket}`,
  resolvConf: '',
  cgroupDriver: 'cgroupfs',
  cgroupsPerQOS: false,
  enforceNodeAllocatable: [],
  failSwapOn: false,
  makeIPTablesUtilChains: false,
  imageGCHighThresholdPercent: 100,
  evictionHard: { 'memory.available': '50Mi' },
  registerNode: false,
  staticPodPath: staticPods,
  fileCheckFrequency: '1s',
});
