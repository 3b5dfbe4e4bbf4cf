import { chmod, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, errorMessage, HwError, withDeadline } from '@rackwright/core';
import { HostRoot, makeFolder, type ProcessRunner, type RunOptions, type RunOutcome } from '@rackwright/host';
import { Daemon } from '../process/daemon.ts';
import { onPath } from '../programs/local-sources.ts';
import { waitUntil } from '../wait-until.ts';
import { type DriveSpec, driveNodes } from './drive.ts';
import { DriveFaults } from './drive-faults.ts';
import { firstProcess } from './first-process.ts';
import type { GuestCall, GuestCalls } from './guest/protocol.ts';
import { agentSource, bundlePath, bundlePrograms } from './guest-bundle.ts';
import { GuestClient } from './guest-client.ts';
import { guestKernel } from './guest-kernel.ts';
import { makeInitrd, sharedFolder } from './initrd.ts';
import { busyboxOf, searchPath } from './needs.ts';
import { type NvdimmSpec, nvdimmFileBytes } from './nvdimm.ts';
import { type QemuSpec, qemuArguments } from './qemu-arguments.ts';
import { QmpClient } from './qmp-client.ts';

/** What a virtual machine is made of. */
export interface MachineOptions {
  /** Folder of its disks, logs and sockets; its path stays short, for sockets are in it. */
  readonly folder: string;
  readonly drives: readonly DriveSpec[];
  /** Default none. */
  readonly nvdimms?: readonly NvdimmSpec[];
  /** Programs that cases run in the guest, by name: their sources, to be bundled. */
  readonly programs?: Readonly<Record<string, string>>;
  /** Modules the kernel does not load by itself. */
  readonly modules?: readonly string[];
  /** Default 1536. */
  readonly memoryMiB?: number;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
}

const bootDeadlineMs = 180_000;

/** One run of QEMU, from power on to power off. */
interface Boot {
  readonly qemu: Daemon;
  readonly control: QmpClient;
  readonly guest: GuestClient;
}

/**
 * A virtual machine without hardware acceleration: Debian's kernel with its real
 * drivers, the host's files as its root (changes stay in memory and go with the
 * power), and an agent that runs programs in it. As a `ProcessRunner` it takes
 * what otherwise runs on a host. It ends with this process, however that ends.
 */
export class VirtualMachine implements ProcessRunner, AsyncDisposable {
  readonly #options: MachineOptions;
  readonly #spec: QemuSpec;
  #boot: Boot | undefined;

  private constructor(options: MachineOptions, spec: QemuSpec) {
    this.#options = options;
    this.#spec = spec;
  }

  /** Makes a machine and switches it on. */
  static async start(options: MachineOptions): Promise<VirtualMachine> {
    const machine = new VirtualMachine(options, await prepare(options));
    try {
      await machine.powerOn();
      return machine;
    } catch (error) {
      await machine[Symbol.asyncDispose]();
      throw error;
    }
  }

  get isOn(): boolean {
    return this.#boot !== undefined;
  }

  /** The file on this machine that holds what is on a drive. */
  diskFile(drive: DriveSpec): string {
    return diskFile(this.#options.folder, drive);
  }

  /** The file on this machine that holds what is in persistent memory, labels at its end. */
  nvdimmFile(nvdimm: NvdimmSpec): string {
    return nvdimmFile(this.#options.folder, nvdimm);
  }

  /** The folder that host and guest share, by its path on the host; the guest has it at `sharedFolder`. */
  get shared(): string {
    return this.#spec.shared;
  }

  /** What the guest's kernel and first process print. */
  get console(): string {
    return this.#spec.console;
  }

  /** What goes wrong with its drives. */
  get drives(): DriveFaults {
    const { clock, signal } = this.#options;
    const file = (drive: DriveSpec): string => this.diskFile(drive);
    return new DriveFaults(this.#running.control, { clock, signal, file });
  }

  /** Where a program of `programs` is in the guest. */
  program(name: string): string {
    return bundlePath(sharedFolder, name);
  }

  /** Switches the machine on and waits for its agent. @throws HwError with the last lines of its console */
  async powerOn(): Promise<void> {
    const { clock, signal } = this.#options;
    if (this.#boot !== undefined) throw new HwError('FailedPrecondition', 'the machine is on');
    const qemu = await startQemu(this.#spec, this.#options);
    try {
      const connect = <T>(what: string, make: () => Promise<T>): Promise<T> =>
        waitUntil(what, () => whileRunning(qemu, make), { clock, signal, deadlineMs: 20_000 });
      const control = await connect('the control socket', () => QmpClient.connect(this.#spec.controlSocket));
      const guest = await connect('the port', () => GuestClient.connect(this.#spec.agentSocket));
      await withDeadline(clock, bootDeadlineMs, 'the start of the guest', () => guest.ready, signal);
      this.#boot = { qemu, control, guest };
    } catch (cause) {
      await qemu.stop();
      throw new HwError('Internal', `the guest did not start: ${await this.consoleTail()}`, { cause });
    }
  }

  /** Takes the power away: nothing is written any more, memory is gone, the disks stay. */
  async powerOff(): Promise<void> {
    const boot = this.#boot;
    this.#boot = undefined;
    if (boot === undefined) return;
    boot.control[Symbol.dispose]();
    boot.guest[Symbol.dispose]();
    boot.qemu.kill();
    await boot.qemu.exited;
  }

  /** Runs a program in the guest, as on a host. */
  async run(argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<RunOutcome> {
    const { signal, ...passed } = options;
    signal?.throwIfAborted();
    return this.call('run', { argv, options: { deadlineMs: 60_000, ...passed } });
  }

  /** Asks the agent in the guest. */
  async call<C extends GuestCall>(
    call: C,
    argument: Parameters<GuestCalls[C]>[0],
  ): Promise<Awaited<ReturnType<GuestCalls[C]>>> {
    return this.#running.guest.call(call, argument);
  }

  /** Milliseconds of processor time the machine has used since it was switched on. */
  async processorMs(): Promise<number> {
    const { pid = 0 } = this.#running.qemu;
    const root = new HostRoot();
    const text = await readFile(root.path(root.proc(String(pid), 'stat')), 'utf8');
    // Behind the name, which ends with the last bracket (proc(5)): in hundredths of a second.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }

  /** The last lines on the guest's console. */
  async consoleTail(): Promise<string> {
    const file = await open(this.#spec.console, 'r').catch(() => undefined);
    if (file === undefined) return 'its console is empty';
    try {
      return (await file.readFile('utf8')).trimEnd().split('\n').slice(-20).join('\n');
    } finally {
      await file.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.powerOff();
  }

  get #running(): Boot {
    if (this.#boot === undefined) throw new HwError('FailedPrecondition', 'the machine is off');
    return this.#boot;
  }
}

/** Makes what a machine starts from: kernel, initial ramdisk, programs and disks. */
async function prepare(options: MachineOptions): Promise<QemuSpec> {
  const { folder, env, drives, nvdimms = [], modules = [], programs = {} } = options;
  const kernel = await guestKernel(options);
  const busybox = await busyboxOf(env);
  const shared = join(folder, 'shared');
  await makeFolder(shared);
  await bundlePrograms({ ...programs, agent: agentSource }, shared);
  const agent = bundlePath(sharedFolder, 'agent');
  const first = join(shared, 'first-process');
  await writeFile(first, firstProcess({ kernel, node: process.execPath, agent, modules }));
  await chmod(first, 0o755);
  const initrd = join(folder, 'initrd.gz');
  await writeFile(initrd, await makeInitrd(kernel, busybox, join(sharedFolder, 'first-process')));
  const disks = await Promise.all(
    drives.map(async (drive) => ({
      ...drive,
      file: await makeSparse(diskFile(folder, drive), drive.sizeBytes),
    })),
  );
  const memories = await Promise.all(
    nvdimms.map(async (nvdimm) => ({
      ...nvdimm,
      file: await makeSparse(nvdimmFile(folder, nvdimm), nvdimmFileBytes(nvdimm)),
    })),
  );
  return {
    ...{ kernel: kernel.image, initrd, shared, drives: disks, nvdimms: memories },
    ...{ memoryMiB: options.memoryMiB ?? 1536, processors: 1 },
    console: join(folder, 'console.log'),
    controlSocket: join(folder, 'control.sock'),
    agentSocket: join(folder, 'agent.sock'),
  };
}

function diskFile(folder: string, drive: DriveSpec): string {
  return join(folder, `${driveNodes(drive).disk}.img`);
}

function nvdimmFile(folder: string, { name }: NvdimmSpec): string {
  return join(folder, `nvdimm-${name}.img`);
}

/** A file that takes room only where something is written. */
async function makeSparse(path: string, bytes: number): Promise<string> {
  const file = await open(path, 'w');
  try {
    await file.truncate(bytes);
  } finally {
    await file.close();
  }
  return path;
}

async function startQemu(spec: QemuSpec, { clock, env, folder }: MachineOptions): Promise<Daemon> {
  const [program] = await onPath(['qemu-system-x86_64'], searchPath(env));
  if (program === undefined) throw new HwError('FailedPrecondition', 'there is no qemu-system-x86_64');
  const log = join(folder, 'qemu.log');
  return Daemon.start(
    {
      name: 'qemu',
      program,
      args: qemuArguments(spec),
      log,
      env: { PATH: env.PATH ?? '' },
      stopGraceMs: 2000,
    },
    clock,
  );
}

/** Undefined while it cannot be had yet. @throws when QEMU has ended, for then it never can */
async function whileRunning<T>(qemu: Daemon, make: () => Promise<T>): Promise<T | undefined> {
  try {
    return await make();
  } catch (error) {
    if (qemu.exit !== undefined)
      throw new HwError('Internal', `QEMU ended: ${await qemu.lastLines()}`, { cause: errorMessage(error) });
    return undefined;
  }
}
