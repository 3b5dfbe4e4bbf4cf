import { basename } from 'node:path';
import type { MappedVolume } from '@rackwright/hardware-nvme';
import { HostRoot } from '@rackwright/host';
import type { LogicalVolume, LogicalVolumeSpec, LvmReport } from '@rackwright/storage';
import { cacheTag } from './names.ts';
import type { ChangeStep } from './steps.ts';

/**
 * What LVM would say after a change that its tool says was made: enough to go on,
 * for the next change fails if it is not so, and no state is told of it. A new
 * volume is what the kernel shows of it. Undefined where only LVM knows. Pure.
 *
 * @param mapped the kernel's volumes after the change
 */
export function expectedReport(
  report: LvmReport,
  step: ChangeStep,
  mapped: readonly MappedVolume[],
): LvmReport | undefined {
  switch (step.kind) {
    case 'createPv': {
      const pv = { name: step.disk.path, uuid: step.pvUuid, vg: '', ...noSpace, ...whole };
      return { ...report, pvs: [...report.pvs, pv] };
    }
    case 'createVg': {
      const name = step.subject;
      const paths = step.disks.map(({ disk }) => disk.path);
      // Groups are told apart by it, and LVM's is not known yet.
      const uuid = `new ${name}`;
      const vg = { name, uuid, systemId: '', tags: [cacheTag.managed], ...noGroupSpace };
      return {
        vgs: [...report.vgs, vg],
        pvs: report.pvs.map((pv) => (paths.includes(pv.name) ? { ...pv, vg: name } : pv)),
        lvs: report.lvs,
      };
    }
    case 'createLv': {
      const lv = newVolume(report, step.spec, mapped);
      return lv && { ...report, lvs: [...report.lvs, lv] };
    }
    case 'tagVolume': {
      const { subject: vg, name, add, remove } = step;
      const retagged = (lv: LogicalVolume): LogicalVolume => {
        const kept = lv.tags.filter((tag) => !remove.includes(tag) && !add.includes(tag));
        return { ...lv, tags: [...kept, ...add] };
      };
      return {
        ...report,
        lvs: report.lvs.map((lv) => (lv.vg === vg && lv.name === name ? retagged(lv) : lv)),
      };
    }
    default:
      return undefined;
  }
}

/** Only a volume that the kernel has on all disks of its group is known without LVM. */
function newVolume(
  { vgs, pvs }: LvmReport,
  { vg, name, stripes, stripeKiB, tags }: LogicalVolumeSpec,
  mapped: readonly MappedVolume[],
): LogicalVolume | undefined {
  const group = vgs.find((one) => one.name === vg);
  const seen = mapped.find((one) => one.vg === vg && one.lv === name && !one.suspended);
  const devices = pvs.filter((pv) => pv.vg === vg).map((pv) => pv.name);
  if (group === undefined || seen === undefined) return undefined;
  if (
    devices
      .map((path) => basename(path))
      .sort()
      .join() !== [...seen.slaves].sort().join()
  )
    return undefined;
  return {
    ...{ name, vg, vgUuid: group.uuid, uuid: seen.uuid, path: new HostRoot().dev(vg, name), tags, devices },
    ...{ sizeBytes: seen.sizeBytes, stripes, stripeBytes: BigInt(stripes === 1 ? 0 : stripeKiB * 1024) },
    ...{ active: true, partial: false, health: '', device: seen.device },
  };
}

/** Sizes are asked for before anybody is told of them. */
const noSpace = { sizeBytes: 0n, freeBytes: 0n } as const;
const noGroupSpace = { ...noSpace, extentBytes: 0n, missingPvs: 0, exported: false } as const;
const whole = { missing: false, duplicate: false } as const;
