import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@rackwright/core';
import { type RunOutcome, SystemProcessRunner } from '@rackwright/host';
import { Daemon, type DaemonSpec } from '../process/daemon.ts';
import { waitUntil } from '../wait-until.ts';
import { freshFolders, type NodeLayout, nodeHostRoot } from './layout.ts';
import { onlineProcessors } from './numa-tree.ts';

/** The kernel adds devices as they are asked for, but only to its own /dev. */
const loopDevices = 64;

/**
 * What makes a node of a process: mounts that reach its containers and come
 * back from them, interfaces of its own, a /etc over that of this machine, empty runtime folders as after a boot, the kubelet's folder
 * from the disk, and the tree of the simulated hardware, with what every /dev has
 * and the loop devices of this machine, which make disks of files. Folder 1 of the tree's
 * /proc is this process, so that agents find the node's mounts where a real
 * host has those of its init. Then it stays, as the owner of the mounts.
 */
const boot = `set -e
kubelet=$1 host=$2 root=$3 numa=$4 etc=$5 ready=$6
mount --make-rshared /
ip link set lo up
echo 1 > /proc/sys/net/ipv4/ip_forward
mkdir -p "$etc/upper" "$etc/work"
mount -t overlay -o "lowerdir=/etc,upperdir=$etc/upper,workdir=$etc/work" overlay /etc
for fresh in ${freshFolders.join(' ')}; do mount -t tmpfs -o mode=0755 tmpfs "$fresh"; done
mkdir -p /var/lib/kubelet /run/containerd "$root"
mount --bind "$kubelet" /var/lib/kubelet
mkdir -p "$host/proc/1" "$host/dev"
for node in full loop-control null random tty urandom zero; do cp -a "/dev/$node" "$host/dev/"; done
for loop in $(seq 0 ${loopDevices - 1}); do
  [ -e "$host/dev/loop$loop" ] || mknod -m 600 "$host/dev/loop$loop" b 7 "$loop"
done
mount --bind "$host" "$root"
mount --bind "/proc/$$" "$root/proc/1"
mount --bind "$numa" /sys/devices/system/node
mount --bind "$numa/${onlineProcessors}" /sys/devices/system/cpu/online
: > "$ready"
exec sleep infinity
`;

const bootDeadlineMs = 10_000;

/** A machine as its programs see it: one set of mounts and interfaces, from a boot to the next. */
export class Machine implements AsyncDisposable {
  readonly #init: Daemon;
  readonly #clock: Clock;

  private constructor(init: Daemon, clock: Clock) {
    this.#init = init;
    this.#clock = clock;
  }

  /** @throws HwError Internal quoting what could not be mounted */
  static async boot(layout: NodeLayout, clock: Clock): Promise<Machine> {
    const ready = join(layout.folder, `booted-${clock.now()}`);
    const init = await Daemon.start(
      {
        name: `machine ${layout.name}`,
        program: 'unshare',
        args: [
          ...['--mount', '--net', '--propagation', 'private', '--', '/bin/sh', '-c', boot, layout.name],
          ...[layout.kubeletRoot, layout.host, nodeHostRoot, layout.numa, layout.etc, ready],
        ],
        log: join(layout.folder, 'machine.log'),
        env: { PATH: process.env.PATH ?? '' },
        stopGraceMs: 1000,
      },
      clock,
    );
    const booted = waitUntil(`${layout.name} to boot`, () => exists(ready), {
      ...{ clock, deadlineMs: bootDeadlineMs, intervalMs: 20 },
    });
    const outcome = await Promise.race([booted, init.exited]).catch(() => false);
    if (outcome !== true) {
      await init.stop();
      throw await init.failure(`${layout.name} does not boot`);
    }
    return new Machine(init, clock);
  }

  /** The process whose mounts and interfaces are the machine's. */
  get pid(): number {
    return this.#init.pid ?? 0;
  }

  /** Starts a program on the machine. */
  start(spec: DaemonSpec): Promise<Daemon> {
    return Daemon.start(
      { ...spec, program: 'nsenter', args: [...this.#enter(), spec.program, ...spec.args] },
      this.#clock,
    );
  }

  /** Runs a command on the machine. */
  run(argv: readonly string[], deadlineMs = 120_000): Promise<RunOutcome> {
    return new SystemProcessRunner(this.#clock).run(['nsenter', ...this.#enter(), ...argv], { deadlineMs });
  }

  /** File that stands for the machine's mounts. */
  get mountNamespace(): string {
    return `/proc/${this.pid}/ns/mnt`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#init.stop();
  }

  #enter(): string[] {
    return [`--mount=${this.mountNamespace}`, `--net=/proc/${this.pid}/ns/net`, '--wd=/', '--'];
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
