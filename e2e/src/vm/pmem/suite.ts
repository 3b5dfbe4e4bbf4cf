import { fileURLToPath } from 'node:url';
import type { MachineSuite } from '../machine-suite.ts';
import { figureCases } from './figures.ts';
import { hostDrive, nvdimms } from './memory.ts';
import { moveCases } from './move.ts';
import { sanityCases } from './sanity.ts';
import { shareCases } from './share.ts';
import { survivalCases } from './survival.ts';
import { useCases } from './use.ts';

const guestProgram = (name: string): string => fileURLToPath(new URL(`testing/${name}.ts`, import.meta.url));

export const suite: MachineSuite = {
  drives: [hostDrive],
  nvdimms,
  modules: ['nvme', 'dm-mod', 'loop', 'nfit', 'nd_pmem', 'nd_btt'],
  programs: { 'csi-caller': guestProgram('csi-caller') },
  needs: [
    { program: 'ndctl', debian: 'ndctl' },
    { program: 'lvm', debian: 'lvm2' },
    { program: 'mkfs.xfs', debian: 'xfsprogs' },
    { program: 'xfs_io', debian: 'xfsprogs' },
    { program: 'mkfs.ext4', debian: 'e2fsprogs' },
    { program: 'losetup', debian: 'mount' },
    { program: 'blkid', debian: 'util-linux' },
  ],
  cases: [...useCases, ...shareCases, ...survivalCases, ...moveCases, ...sanityCases, ...figureCases],
};
