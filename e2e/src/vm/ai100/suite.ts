import { fileURLToPath } from 'node:url';
import type { MachineSuite } from '../machine-suite.ts';
import { drives } from './drives.ts';
import { kernelCases } from './kernel.ts';
import { toolCases } from './tools.ts';

export const suite: MachineSuite = {
  drives,
  modules: ['nvme', 'dm-mod', 'loop'],
  programs: { scan: fileURLToPath(new URL('guest/scan.ts', import.meta.url)) },
  needs: [
    { program: 'lvm', debian: 'lvm2' },
    { program: 'mkfs.xfs', debian: 'xfsprogs' },
    { program: 'nvme', debian: 'nvme-cli' },
    { program: 'blkid', debian: 'util-linux' },
  ],
  cases: [...kernelCases, ...toolCases],
};
