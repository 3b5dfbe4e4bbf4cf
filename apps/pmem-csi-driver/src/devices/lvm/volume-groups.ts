import {
  type HostTools,
  type LogicalVolume,
  type Lvm,
  type LvmReport,
  readGroupVersion,
  type VolumeGroup,
} from '@rackwright/storage';

/** A logical volume; of one that was just made LVM has not told the identifier. */
export type KnownVolume = Pick<LogicalVolume, 'name' | 'vg' | 'vgUuid' | 'path' | 'tags' | 'sizeBytes'> &
  Partial<Pick<LogicalVolume, 'uuid'>>;

/** Our groups, in the order of their regions, and everything in them. */
export interface GroupsReport {
  readonly groups: readonly VolumeGroup[];
  readonly volumes: readonly KnownVolume[];
}

/** What LVM said, and the disks that tell whether it is still so, with the group each is in. */
interface KnownReport {
  readonly report: GroupsReport;
  readonly disks: ReadonlyMap<string, string>;
}

export interface VolumeGroupsOptions {
  readonly lvm: Lvm;
  readonly tools: HostTools;
  /** Those that are looked at, in the order of their regions. */
  readonly names: readonly string[];
}

/**
 * What LVM says of some groups. It is asked again only once the disks tell that
 * somebody changed a group; what was changed here is known without asking.
 */
export class VolumeGroups {
  readonly #options: VolumeGroupsOptions;
  #known: KnownReport | undefined;

  constructor(options: VolumeGroupsOptions) {
    this.#options = options;
  }

  /** The groups as they are now. Which of the volumes are active is for the kernel to say. */
  async report(signal: AbortSignal): Promise<GroupsReport> {
    // Without groups nobody has to be asked.
    if (this.#options.names.length === 0) return { groups: [], volumes: [] };
    // Nobody waits for what another asks: a program of LVM may hang.
    const known = this.#known;
    return known !== undefined && (await this.#holds(known)) ? known.report : this.#ask(signal);
  }

  async #ask(signal: AbortSignal): Promise<GroupsReport> {
    const { vgs, pvs, lvs } = await this.#options.lvm.report(signal);
    const groups = this.#options.names.flatMap((name) => vgs.find((group) => group.name === name) ?? []);
    const uuids = new Map(groups.map(({ name, uuid }) => [name, uuid]));
    const volumes = lvs.filter(({ vgUuid }) => groups.some(({ uuid }) => uuid === vgUuid));
    const report = { groups, volumes };
    // A group that is still to be made would appear on disks that are not known.
    if (groups.length === this.#options.names.length) this.#known = { report, disks: disksOf(pvs, uuids) };
    return report;
  }

  /**
   * Runs a command that changes a group by one volume.
   *
   * @param before the volume as it was; undefined for one that is made
   * @param after the volume as it is then; undefined for one that is removed
   */
  async change(
    vg: string,
    { before, after }: { readonly before?: KnownVolume; readonly after?: KnownVolume },
    command: () => Promise<void>,
  ): Promise<void> {
    const next = this.#known && changed(this.#known, vg, { before, after });
    // A command that fails or is stopped may have changed the group or not.
    this.#known = undefined;
    await command();
    // Not if others changed something meanwhile, or the command did something else.
    if (next !== undefined && (await this.#holds(next))) this.#known = next;
  }

  /** Whether the groups have on each of their disks the version that is known. */
  async #holds({ report, disks }: KnownReport): Promise<boolean> {
    const { root } = this.#options.tools;
    const same = await Promise.all(
      [...disks].map(async ([path, vgUuid]) => {
        const there = await readGroupVersion(root.path(path)).catch(() => undefined);
        const seqno = report.groups.find(({ uuid }) => uuid === vgUuid)?.seqno;
        return there?.vgUuid === vgUuid && there.seqno === seqno;
      }),
    );
    return same.every(Boolean);
  }
}

function disksOf(pvs: LvmReport['pvs'], uuids: ReadonlyMap<string, string>): KnownReport['disks'] {
  return new Map(
    pvs.flatMap(({ name, vg }) => {
      const uuid = uuids.get(vg);
      return uuid === undefined ? [] : [[name, uuid]];
    }),
  );
}

/** What is known after a group was changed once. */
function changed(
  { report, disks }: KnownReport,
  vg: string,
  { before, after }: { readonly before: KnownVolume | undefined; readonly after: KnownVolume | undefined },
): KnownReport {
  const freed = (before?.sizeBytes ?? 0n) - (after?.sizeBytes ?? 0n);
  const groups = report.groups.map((group) =>
    group.name === vg
      ? { ...group, seqno: (group.seqno ?? 0) + 1, freeBytes: group.freeBytes + freed }
      : group,
  );
  const others = report.volumes.filter((one) => one.vg !== vg || one.name !== before?.name);
  return { disks, report: { groups, volumes: after === undefined ? others : [...others, after] } };
}
