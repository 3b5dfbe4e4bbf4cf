import type { Mount } from '@rackwright/host';
import type { LogicalVolume, LvmReport, PhysicalVolume, Probe, VolumeGroup } from '@rackwright/storage';
import type { CacheDisk } from '../disks.ts';
import { planCache } from '../plan-cache.ts';
import { noPlan, type PlanRecord } from '../plan-record.ts';
import type { CachePermission, CacheSettings } from '../settings.ts';
import type { CacheSnapshot, VolumeObservation } from '../snapshot.ts';
import type { CacheBlocker, CacheFailure, CacheState } from '../state.ts';
import { type CacheStep, type ChangeStep, isLook, type LookStep } from '../steps.ts';

const stagingPath = '/run/ai100/staging';

interface ModelDisk {
  readonly serial: string;
  present: boolean;
  /** Number of now in its name. */
  number: number;
  /** Somebody's data, which is never to be lost. */
  foreign: boolean;
  pvUuid?: string;
  vg?: string;
}

interface ModelFileSystem {
  readonly type: string;
  readonly uuid: string;
  /** Whether mkfs came to its end. */
  readonly whole: boolean;
  seal?: string;
  /** What people wrote to it. */
  data: string[];
}

interface ModelVolume {
  readonly name: string;
  readonly uuid: string;
  readonly stripes: number;
  tags: string[];
  active: boolean;
  readonly device: string;
  fileSystem?: ModelFileSystem;
}

interface ModelGroup {
  readonly name: string;
  tags: string[];
  serials: string[];
  volumes: ModelVolume[];
}

/** How far a step gets before the machine or the process ends. */
export type Cut = 'before' | 'within' | 'after';

/** A host in memory with drives, LVM and mounts: only what decisions about the cache are made from. */
export class ModelHost {
  readonly disks: ModelDisk[];
  groups: ModelGroup[] = [];
  mounts: { path: string; device: string }[] = [];
  plan: PlanRecord = noPlan;
  nowMs = 0;
  /** Everything that was changed, one word each. */
  readonly changes: string[] = [];
  /** Things that must never happen. */
  readonly harm: string[] = [];
  /** Drives whose volume was given up without them. */
  readonly gone: string[] = [];
  /** Units containers have; undefined while nobody knows. */
  allocated: number | undefined = 0;
  /** How long lost volumes have been so. */
  idleMs = 0;
  /** Volumes of which people know that they are made anew. */
  told: string[] = [];
  #volumes = new Map<string, VolumeObservation>();
  #count = 0;

  readonly settings: CacheSettings;

  constructor(serials: readonly string[], settings: CacheSettings) {
    this.settings = settings;
    this.disks = serials.map((serial, number) => ({ serial, number, present: true, foreign: false }));
  }

  /** The agent was ended and started again. */
  restart(): void {
    this.#volumes = new Map();
    this.told = [];
  }

  /** As after a power loss: nothing is mounted, names of drives are others. */
  reboot(): void {
    this.restart();
    this.mounts = [];
    for (const disk of this.disks) disk.number = this.disks.length - 1 - disk.number;
    for (const group of this.groups) for (const lv of group.volumes) lv.active = this.#isWhole(group);
  }

  /** A pass of the agent; `cut` ends it with that change. */
  reconcile(
    said: Partial<CachePermission> = {},
    cut?: { readonly at: number; readonly how: Cut },
  ): CacheState | 'cut off' {
    const found = {
      verdicts: new Map<string, 'passed' | CacheBlocker>(),
      mountPoints: new Map<string, 'empty'>(),
      volumes: this.#volumes,
    };
    const failures = new Map<string, CacheFailure>();
    let changes = 0;
    let lastStep: unknown;
    for (let steps = 0; steps < 300; steps++) {
      const plan = planCache(this.#snapshot(said, found, failures));
      if ('state' in plan) return this.#tell(plan.state);
      const { step } = plan;
      lastStep = step;
      if (isLook(step)) this.#look(step, found);
      else if (cut?.at === changes++) return this.#cutOff(step, cut.how);
      else this.#attempt(step, failures);
    }
    throw new Error(`no end: ${this.changes.slice(-6).join(' ')} ${JSON.stringify(lastStep)}`);
  }

  /** People read how things stand after each pass. */
  #tell(state: CacheState): CacheState {
    this.told = state.volumes.flatMap(({ state: phase, lvUuid = '' }) =>
      phase === 'Rebuilding' ? lvUuid : [],
    );
    return state;
  }

  /** People use what is mounted where it is for them. */
  write(text: string): boolean {
    const device = this.mounts.findLast(({ path }) => path === this.settings.hostPath)?.device;
    const lv = this.#allVolumes().find((volume) => volume.device === device);
    lv?.fileSystem?.data.push(text);
    return lv !== undefined;
  }

  written(): string[] {
    return this.#allVolumes().flatMap(({ fileSystem }) => fileSystem?.data ?? []);
  }

  #cutOff(step: ChangeStep, how: Cut): 'cut off' {
    if (how !== 'before') this.#apply(step, how === 'after');
    this.restart();
    return 'cut off';
  }

  #attempt(step: ChangeStep, failures: Map<string, CacheFailure>): void {
    const failure = this.#apply(step, true);
    if (failure === undefined) return;
    if (step.kind === 'stage' && this.#volumes.get(step.lvUuid)?.formatted !== true)
      this.#volumes.set(step.lvUuid, { ...this.#volumes.get(step.lvUuid), sealed: false });
    else failures.set(step.subject, { step: step.kind, code: 'Internal', message: failure });
  }

  #look(
    step: LookStep,
    found: { verdicts: Map<string, 'passed' | CacheBlocker>; mountPoints: Map<string, 'empty'> },
  ): void {
    switch (step.kind) {
      case 'inspectDisks':
        for (const { serial } of step.disks) found.verdicts.set(serial, this.#judge(serial));
        return;
      case 'probeVolume': {
        const fileSystem = this.#volume(step.lvUuid)?.fileSystem;
        const probe: Probe =
          fileSystem === undefined
            ? { kind: 'nothing' }
            : { kind: 'found', type: fileSystem.type, uuid: fileSystem.uuid };
        this.#volumes.set(step.lvUuid, { ...this.#volumes.get(step.lvUuid), probe });
        return;
      }
      case 'readSeal': {
        const sealed = this.#volume(step.staged.lvUuid)?.fileSystem?.seal === step.staged.lvUuid;
        this.#volumes.set(step.staged.lvUuid, { ...this.#volumes.get(step.staged.lvUuid), sealed });
        return;
      }
      case 'lookAtMountPoint':
        found.mountPoints.set(step.hostPath, 'empty');
    }
  }

  #judge(serial: string): 'passed' | CacheBlocker {
    const disk = this.#disk(serial);
    const refuse = (gate: number): CacheBlocker => ({ gate, name: 'Gate', serial, detail: `gate ${gate}` });
    if (disk.foreign) return refuse(6);
    return disk.pvUuid === undefined ? 'passed' : refuse(4);
  }

  /** Does a step, or the part of it before it was cut off; says why it cannot. */
  #apply(step: ChangeStep, whole: boolean): string | undefined {
    this.changes.push(step.kind);
    switch (step.kind) {
      case 'startRebuild':
      case 'writePlan':
        if (whole) this.plan = step.plan;
        return undefined;
      case 'createPv': {
        const disk = this.#disk(step.disk.serial);
        if (disk.foreign || disk.pvUuid !== undefined) this.harm.push(`pvcreate on ${disk.serial}`);
        if (this.plan.pvs[disk.serial] !== step.pvUuid) this.harm.push('pvcreate before the plan');
        if (whole) disk.pvUuid = step.pvUuid;
        return undefined;
      }
      case 'createVg':
        for (const { disk, pvUuid } of step.disks)
          if (this.#disk(disk.serial).pvUuid !== pvUuid) this.harm.push(`vgcreate on ${disk.serial}`);
        if (whole)
          this.#group(
            step.subject,
            step.disks.map(({ disk }) => disk.serial),
          );
        return undefined;
      case 'createLv':
        if (whole) this.#addVolume(step.subject, step.spec.name, step.spec.tags, step.spec.stripes);
        return undefined;
      case 'makeFileSystem':
        return this.#format(step, whole);
      case 'stage':
      case 'mount':
        return whole ? this.#mount(step.mount.source, step.mount.target) : undefined;
      case 'seal': {
        const lv = this.#volume(step.staged.lvUuid);
        if (whole && lv?.fileSystem !== undefined) lv.fileSystem.seal = step.staged.lvUuid;
        this.#volumes.set(step.staged.lvUuid, { ...this.#volumes.get(step.staged.lvUuid), sealed: true });
        return undefined;
      }
      case 'unstage':
      case 'unmount':
        if (whole) this.mounts = this.mounts.filter(({ path }) => path !== step.target);
        return undefined;
      case 'tagVolume':
        for (const lv of this.#find(step.subject)?.volumes ?? [])
          if (whole) lv.tags = [...lv.tags.filter((tag) => !step.remove.includes(tag)), ...step.add];
        return undefined;
      case 'tagGroup':
        if (whole) this.#find(step.subject)?.tags.push(...step.add);
        return undefined;
      case 'removeMissing':
        this.#harmIfDataIsWanted(step.subject);
        if (whole) this.#reduce(step.subject);
        return undefined;
      case 'removeGroup':
        return whole ? this.#removeGroup(step.subject) : undefined;
      case 'activate':
        for (const lv of this.#find(step.subject)?.volumes ?? []) lv.active = whole;
        return undefined;
      case 'deactivate':
        for (const lv of this.#find(step.subject)?.volumes ?? []) lv.active = !whole;
        return undefined;
    }
  }

  #format(step: Extract<CacheStep, { kind: 'makeFileSystem' }>, whole: boolean): string | undefined {
    const lv = this.#volume(step.lvUuid);
    if (lv === undefined) return 'no such volume';
    if (lv.fileSystem !== undefined && step.spec.replace !== true) return 'something is there';
    if (lv.tags.includes('ai100.ready') || (lv.fileSystem?.data.length ?? 0) > 0)
      this.harm.push('mkfs where data could be');
    if (this.mounts.some(({ device }) => device === lv.device)) this.harm.push('mkfs on a mounted volume');
    lv.fileSystem = { type: step.spec.type, uuid: step.spec.uuid, whole, data: [] };
    this.#volumes.set(step.lvUuid, whole ? { formatted: true } : {});
    return undefined;
  }

  #mount(source: string, path: string): string | undefined {
    const [, , vg = '', name] = source.split('/');
    const lv = this.#find(vg)?.volumes.find((volume) => volume.name === name);
    if (lv?.fileSystem?.whole !== true || !lv.active) return 'bad superblock';
    if (path !== stagingPath && !lv.tags.includes('ai100.ready'))
      this.harm.push('mounted for people before it is ready');
    this.mounts.push({ path, device: lv.device });
    return undefined;
  }

  /** What is destroyed must be nobody's: said to be ephemeral, lost, long without a user, and told. */
  #harmIfDataIsWanted(name: string): void {
    const group = this.#find(name);
    const { rebuild, layout } = this.settings;
    const [lv] = group?.volumes ?? [];
    if (group === undefined || !rebuild || layout !== 'Striped') this.harm.push('removed what is to be kept');
    else if (this.#isWhole(group)) this.harm.push('removed what is whole');
    if (this.allocated !== 0 || this.idleMs < 600_000) this.harm.push('removed what is in use');
    if (lv !== undefined && !this.told.includes(lv.uuid)) this.harm.push('removed without a word');
    if (lv?.active || this.mounts.some(({ device }) => device === lv?.device))
      this.harm.push('removed what is active');
    if (this.disks.filter(({ present }) => present).length < (group?.serials.length ?? 0))
      this.harm.push('removed without drives for a new one');
  }

  #reduce(name: string): void {
    const group = this.#find(name);
    if (group === undefined) return;
    for (const serial of group.serials) if (!this.#disk(serial).present) this.#forget(serial);
    group.serials = group.serials.filter((serial) => this.#disk(serial).present);
    group.volumes = [];
  }

  #removeGroup(name: string): string | undefined {
    const group = this.#find(name);
    if (group === undefined || group.volumes.length > 0) return 'it has volumes';
    for (const serial of group.serials) delete this.#disk(serial).vg;
    this.groups = this.groups.filter((one) => one !== group);
    return undefined;
  }

  /** A drive that was taken out of its group is not plugged in again. */
  #forget(serial: string): void {
    const disk = this.#disk(serial);
    delete disk.vg;
    delete disk.pvUuid;
    this.gone.push(serial);
  }

  #group(name: string, serials: string[]): void {
    for (const serial of serials) this.#disk(serial).vg = name;
    this.groups.push({ name, serials, tags: ['ai100.managed'], volumes: [] });
  }

  #addVolume(vg: string, name: string, tags: readonly string[], stripes: number): void {
    const n = this.#count++;
    const uuid = `volume-${n}`;
    this.#find(vg)?.volumes.push({ name, uuid, stripes, tags: [...tags], active: true, device: `253:${n}` });
    this.#volumes.set(uuid, { isNew: true });
  }

  #find(vg: string): ModelGroup | undefined {
    return this.groups.find(({ name }) => name === vg);
  }

  #allVolumes(): ModelVolume[] {
    return this.groups.flatMap(({ volumes }) => volumes);
  }

  #volume(uuid: string): ModelVolume | undefined {
    return this.#allVolumes().find((lv) => lv.uuid === uuid);
  }

  #disk(serial: string): ModelDisk {
    const disk = this.disks.find((one) => one.serial === serial);
    if (disk === undefined) throw new Error(`no drive ${serial}`);
    return disk;
  }

  #isWhole({ serials }: ModelGroup): boolean {
    return serials.every((serial) => this.#disk(serial).present);
  }

  #snapshot(
    said: Partial<CachePermission>,
    found: Pick<CacheSnapshot, 'verdicts' | 'mountPoints' | 'volumes'>,
    failures: ReadonlyMap<string, CacheFailure>,
  ): CacheSnapshot {
    const { settings, plan, nowMs } = this;
    const { allocated } = this;
    const units = allocated === undefined ? {} : { allocatedUnits: allocated };
    const permission = { maintenance: false, allowInit: [], ...units, ...said };
    return {
      ...{ settings, permission, plan, nowMs, stagingPath, failures, ...found },
      lostIdleMs: new Map(this.#allVolumes().map(({ uuid }) => [uuid, this.idleMs])),
      rebuildTold: this.told,
      unchangedMs: settings.settleMs,
      disks: this.#cacheDisks(),
      report: this.report(),
      mounts: this.mounts.map(modelMount),
      slaves: new Map(),
      mappedGroups: this.groups.flatMap(({ name, volumes }) =>
        volumes.some(({ active }) => active) ? name : [],
      ),
    };
  }

  #cacheDisks(): CacheDisk[] {
    return this.disks.flatMap((disk) => {
      if (!disk.present) return [];
      const controller = `nvme${disk.number}`;
      const namespace = `${controller}n1`;
      return {
        serial: disk.serial,
        controller,
        namespace,
        path: `/dev/${namespace}`,
        sizeBytes: 1n,
        eligible: true,
      };
    });
  }

  /** Groups of which no drive is there are not to be seen. */
  report(): LvmReport {
    const seen = this.groups.filter(({ serials }) => serials.some((serial) => this.#disk(serial).present));
    return {
      vgs: seen.map((group) => this.#vg(group)),
      pvs: this.disks.flatMap((disk) => this.#pv(disk, seen)),
      lvs: seen.flatMap((group) => group.volumes.map((lv) => this.#lv(group, lv))),
    };
  }

  #vg({ name, tags, serials }: ModelGroup): VolumeGroup {
    const missingPvs = serials.filter((serial) => !this.#disk(serial).present).length;
    const sizes = { sizeBytes: 1n, freeBytes: 0n, extentBytes: 1n };
    return { name, uuid: `group-${name}`, systemId: '', tags, ...sizes, missingPvs, exported: false };
  }

  #pv(disk: ModelDisk, seen: readonly ModelGroup[]): PhysicalVolume[] {
    const isSeen = disk.present || seen.some(({ serials }) => serials.includes(disk.serial));
    if (disk.pvUuid === undefined || !isSeen) return [];
    const name = disk.present ? `/dev/nvme${disk.number}n1` : '[unknown]';
    const sizes = { sizeBytes: 1n, freeBytes: 0n, duplicate: false };
    return [{ name, uuid: disk.pvUuid, vg: disk.vg ?? '', missing: !disk.present, ...sizes }];
  }

  #lv(group: ModelGroup, { name, uuid, stripes, tags, active, device }: ModelVolume): LogicalVolume {
    const partial = !this.#isWhole(group);
    return {
      ...{ name, uuid, stripes, tags, active, partial },
      vg: group.name,
      vgUuid: `group-${group.name}`,
      path: `/dev/${group.name}/${name}`,
      sizeBytes: 1n,
      stripeBytes: 131_072n,
      health: partial ? 'partial' : '',
      devices: [],
      ...(active && { device }),
    };
  }
}

function modelMount({ path, device }: { readonly path: string; readonly device: string }, id: number): Mount {
  return {
    id,
    parentId: 0,
    device,
    root: '/',
    mountPoint: path,
    shared: true,
    superOptions: ['rw'],
    options: ['rw'],
    fsType: 'xfs',
    source: device,
  };
}
