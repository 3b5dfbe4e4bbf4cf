import type { LvmReport } from '@rackwright/storage';
import { cacheTag } from './names.ts';
import type { ChangeStep } from './steps.ts';

/**
 * What LVM would say after a change that its tool says was made: enough to go on,
 * for the next change fails if it is not so, and no state is told of it. A volume
 * group is looked at when its volume is made. Undefined where only LVM knows. Pure.
 */
export function expectedReport(report: LvmReport, step: ChangeStep): LvmReport | undefined {
  switch (step.kind) {
    case 'createPv': {
      const pv = { name: step.disk.path, uuid: step.pvUuid, vg: '', ...noSpace, ...whole };
      return { ...report, pvs: [...report.pvs, pv] };
    }
    case 'createVg': {
      const name = step.subject;
      const paths = step.disks.map(({ disk }) => disk.path);
      const vg = { name, uuid: '', systemId: '', tags: [cacheTag.managed], ...noGroupSpace };
      return {
        vgs: [...report.vgs, vg],
        pvs: report.pvs.map((pv) => (paths.includes(pv.name) ? { ...pv, vg: name } : pv)),
        lvs: report.lvs,
      };
    }
    default:
      return undefined;
  }
}

/** Sizes are asked for before anybody is told of them. */
const noSpace = { sizeBytes: 0n, freeBytes: 0n } as const;
const noGroupSpace = { ...noSpace, extentBytes: 0n, missingPvs: 0, exported: false } as const;
const whole = { missing: false, duplicate: false } as const;
