import { readdirSync, realpathSync, rmdirSync, rmSync, statSync } from 'node:fs';
import type { HostRoot } from '@rackwright/host';
import { diskAtPath, type HostDisk } from '../disks/host-disk.ts';
import { isMounted } from '../file-systems/mounted.ts';
import { SCRATCH } from '../host/atomic-files.ts';
import type { HostContext } from '../host/hardware.ts';
import { makeLock } from '../host/lock.ts';
import { changeState, lockOf, readState } from '../host/model.ts';
import { ModelledHardware } from '../host/modelled-hardware.ts';
import { type MappedVolume, type MappedVolumes, mapperModel } from './device-mapper.ts';
import type { Group, GroupLv } from './group.ts';
import { diskOf, missingPvs, type Scan, scanDisks } from './scan.ts';

const none: MappedVolumes = { volumes: [] };

/** The volumes of a host that are active; when it starts, those of all complete groups, as udev has it. */
export class ActiveVolumes extends ModelledHardware<MappedVolumes> {
  readonly #root: HostRoot;

  constructor(host: HostContext) {
    super(host, mapperModel, none);
    this.#root = host.root;
  }

  override async start(): Promise<void> {
    await super.start();
    makeLock(lockOf(this.#root, 'lvm'));
    const scan = scanDisks(this.#root);
    for (const group of scan.groups) {
      if (missingPvs(scan, group).length > 0) continue;
      for (const lv of group.lvs) activate(this.#root, scan, group, lv);
    }
  }

  protected override atReboot(): MappedVolumes {
    return none;
  }
}

/** The device of a volume; undefined while it is not active. */
export function mappedVolume(root: HostRoot, group: Group, lv: GroupLv): MappedVolume | undefined {
  const uuid = uuidOf(group, lv);
  return (readState(root, mapperModel) ?? none).volumes.find((one) => one.uuid === uuid);
}

/** Whether somebody has the volume open: what is on it is mounted. */
export function isOpen(root: HostRoot, { minor }: MappedVolume): boolean {
  const disk = diskAtPath(root, `/dev/dm-${minor}`);
  return disk !== undefined && isMounted(root, disk);
}

/** Makes a volume appear; nothing if it has. */
export function activate(root: HostRoot, scan: Scan, group: Group, lv: GroupLv): void {
  if (mappedVolume(root, group, lv) !== undefined) return;
  const disks = lv.stripes.flatMap(({ pv }) => {
    const found = group.pvs.find(({ name }) => name === pv);
    return (found && diskOf(scan, found)) ?? [];
  });
  changeState(root, mapperModel, ({ volumes }) => {
    const taken = new Set(volumes.map(({ minor }) => minor));
    let minor = 0;
    while (taken.has(minor)) minor += 1;
    return { volumes: [...volumes, mapped(root, disks, group, lv, minor)] };
  });
}

function mapped(
  root: HostRoot,
  disks: readonly HostDisk[],
  group: Group,
  lv: GroupLv,
  minor: number,
): MappedVolume {
  return {
    minor,
    group: group.name,
    volume: lv.name,
    uuid: uuidOf(group, lv),
    sectors: lv.extents * group.extentSectors,
    logicalBlockBytes: Math.max(512, ...disks.map((disk) => disk.logicalBlockBytes)),
    physicalBlockBytes: Math.max(512, ...disks.map((disk) => disk.physicalBlockBytes)),
    stripeBytes: lv.stripeSectors * 512,
    slaves: [
      ...new Set(
        disks.map((disk) =>
          realpathSync(root.path(`/sys/class/block/${disk.name}`)).slice(root.prefix.length),
        ),
      ),
    ],
  };
}

/** Takes the device of a volume away; its bytes are kept. */
export function deactivate(root: HostRoot, group: Group, lv: GroupLv): void {
  const uuid = uuidOf(group, lv);
  changeState(root, mapperModel, ({ volumes }) => ({ volumes: volumes.filter((one) => one.uuid !== uuid) }));
  removeEmpty(root.path(`/dev/${group.name}`));
}

/** Shows the size of a volume that has grown, while it is active. */
export function resize(root: HostRoot, group: Group, lv: GroupLv): void {
  const uuid = uuidOf(group, lv);
  const sectors = lv.extents * group.extentSectors;
  changeState(root, mapperModel, ({ volumes }) => ({
    volumes: volumes.map((one) => (one.uuid === uuid ? { ...one, sectors } : one)),
  }));
}

/** Forgets the bytes of a volume that is removed. */
export function forgetBytes(root: HostRoot, group: Group, lv: GroupLv): void {
  rmSync(root.path(`${SCRATCH}/lvm/volumes/${uuidOf(group, lv)}`), { force: true });
}

function uuidOf(group: Group, lv: GroupLv): string {
  return `${group.id}${lv.id}`.replaceAll('-', '');
}

function removeEmpty(folder: string): void {
  if (
    statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true &&
    readdirSync(folder).length === 0
  ) {
    rmdirSync(folder);
  }
}
