import type { HostTools, ToolCommand } from '../host-tools.ts';
import { parseLvmReport } from './parse-report.ts';
import type { LvmReport } from './report.ts';

/** How LVM is called. */
export interface LvmOptions {
  /** Settings that go before those of the host's lvm.conf, as of `--config`; default none. */
  readonly config?: string;
}

/** A physical volume to be made. */
export interface PhysicalVolumeSpec {
  readonly device: string;
  /** Chosen before, so that a crash in between leaves something that is known to be ours. */
  readonly uuid: string;
}

/** A volume group to be made. */
export interface VolumeGroupSpec {
  readonly name: string;
  readonly devices: readonly string[];
  readonly tags: readonly string[];
}

/** A logical volume that takes all that is free. */
export interface LogicalVolumeSpec {
  readonly vg: string;
  readonly name: string;
  readonly stripes: number;
  readonly stripeKiB: number;
  readonly tags: readonly string[];
}

/** A linear logical volume of a size. */
export interface SizedVolumeSpec {
  readonly vg: string;
  readonly name: string;
  readonly bytes: bigint;
  readonly tags: readonly string[];
}

/** One logical volume. */
export interface VolumeName {
  readonly vg: string;
  readonly name: string;
}

const deadlineMs = 30_000;
/** LVM looks for nothing in a new volume, and wipes nothing. */
const untouched = ['--zero', 'n', '--wipesignatures', 'n'] as const;
/** A logical volume over large disks may take its time. */
const creationDeadlineMs = 300_000;
const maxReportBytes = 16 * 1024 * 1024;

/**
 * lvm2 as typed commands. No question is answered with yes but that of `removeLv`, and nothing is
 * forced but `removeMissing`: where LVM would ask, for instance because it found a signature, the
 * command fails and nothing is changed.
 */
export class Lvm {
  readonly #tools: HostTools;
  readonly #config: readonly string[];

  constructor(tools: HostTools, { config }: LvmOptions = {}) {
    this.#tools = tools;
    this.#config = config === undefined ? [] : ['--config', config];
  }

  /** Everything LVM knows, in one call. */
  async report(signal?: AbortSignal): Promise<LvmReport> {
    const command = this.#command('fullreport', '--units', 'b', '--nosuffix', '--reportformat', 'json');
    const options = { deadlineMs, maxOutputBytes: maxReportBytes, ...(signal && { signal }) };
    return parseLvmReport(await this.#tools.expect(command, options));
  }

  async createPv({ device, uuid }: PhysicalVolumeSpec, signal?: AbortSignal): Promise<void> {
    await this.#change(['pvcreate', '--norestorefile', '--uuid', uuid, device], deadlineMs, signal);
  }

  async createVg({ name, devices, tags }: VolumeGroupSpec, signal?: AbortSignal): Promise<void> {
    await this.#change(['vgcreate', ...addTags(tags), name, ...devices], deadlineMs, signal);
  }

  /** Adds drives to a group; each becomes a physical volume. */
  async extendVg(name: string, devices: readonly string[], signal?: AbortSignal): Promise<void> {
    await this.#change(['vgextend', name, ...devices], deadlineMs, signal);
  }

  /** Makes a linear volume with whatever bytes were there: nothing is looked for in it, and nothing wiped. */
  async createSizedLv({ vg, name, bytes, tags }: SizedVolumeSpec, signal?: AbortSignal): Promise<void> {
    const words = ['--name', name, '--size', `${bytes}b`, ...untouched, ...addTags(tags), vg];
    await this.#change(['lvcreate', ...words], creationDeadlineMs, signal);
  }

  /** Makes a volume larger, also while it is in use; what is on it is not told. */
  async growLv({ vg, name }: VolumeName, bytes: bigint, signal?: AbortSignal): Promise<void> {
    await this.#change(['lvextend', '--size', `${bytes}b`, `${vg}/${name}`], creationDeadlineMs, signal);
  }

  /** Makes the device of a volume appear. */
  async activateLv({ vg, name }: VolumeName, signal?: AbortSignal): Promise<void> {
    await this.#change(['lvchange', '--activate', 'y', `${vg}/${name}`], deadlineMs, signal);
  }

  /** Loads the device of an active volume anew as LVM has it written down, and lets it go on if it is suspended. */
  async refreshLv({ vg, name }: VolumeName, signal?: AbortSignal): Promise<void> {
    await this.#change(['lvchange', '--refresh', `${vg}/${name}`], deadlineMs, signal);
  }

  /** Removes a volume though its device is there; LVM refuses while it is open. */
  async removeLv({ vg, name }: VolumeName, signal?: AbortSignal): Promise<void> {
    await this.#change(['lvremove', '--yes', `${vg}/${name}`], deadlineMs, signal);
  }

  /**
   * Makes a volume of all that is free in a group, with whatever bytes were there:
   * LVM would refuse one on which it sees a signature, such as that of the volume before it.
   */
  async createLv(spec: LogicalVolumeSpec, signal?: AbortSignal): Promise<void> {
    const { vg, name, stripes, stripeKiB, tags } = spec;
    const layout = stripes === 1 ? [] : ['--stripes', `${stripes}`, '--stripesize', `${stripeKiB}k`];
    const words = ['--name', name, '--extents', '100%FREE', ...layout, ...untouched, ...addTags(tags), vg];
    await this.#change(['lvcreate', ...words], creationDeadlineMs, signal);
  }

  /** Changes tags of a logical volume in one transaction of LVM. */
  async changeLvTags(
    { vg, name }: VolumeName,
    { add = [], remove = [] }: { readonly add?: readonly string[]; readonly remove?: readonly string[] },
    signal?: AbortSignal,
  ): Promise<void> {
    const words = [...addTags(add), ...remove.flatMap((tag) => ['--deltag', tag])];
    await this.#change(['lvchange', ...words, `${vg}/${name}`], deadlineMs, signal);
  }

  /** Adds tags to a volume group. */
  async addVgTags(name: string, tags: readonly string[], signal?: AbortSignal): Promise<void> {
    await this.#change(['vgchange', ...addTags(tags), name], deadlineMs, signal);
  }

  /** Makes the devices of a group's volumes appear. */
  async activate(vg: string, signal?: AbortSignal): Promise<void> {
    await this.#change(['vgchange', '--activate', 'y', vg], deadlineMs, signal);
  }

  /** Takes the devices of a group's volumes away; LVM refuses while one is open. */
  async deactivate(vg: string, signal?: AbortSignal): Promise<void> {
    await this.#change(['vgchange', '--activate', 'n', vg], deadlineMs, signal);
  }

  /** Takes drives that are gone out of a group, and with them the volumes that lay on them: their data is lost. */
  async removeMissing(vg: string, signal?: AbortSignal): Promise<void> {
    await this.#change(['vgreduce', '--removemissing', '--force', vg], deadlineMs, signal);
  }

  /** Removes a group without volumes; its drives stay physical volumes. LVM refuses while it has any. */
  async removeVg(vg: string, signal?: AbortSignal): Promise<void> {
    await this.#change(['vgremove', vg], deadlineMs, signal);
  }

  async #change(words: readonly [string, ...string[]], limitMs: number, signal?: AbortSignal): Promise<void> {
    await this.#tools.expect(this.#command(...words), { deadlineMs: limitMs, ...(signal && { signal }) });
  }

  #command(command: string, ...args: readonly string[]): ToolCommand {
    return ['lvm', command, ...this.#config, ...args];
  }
}

function addTags(tags: readonly string[]): string[] {
  return tags.flatMap((tag) => ['--addtag', tag]);
}
