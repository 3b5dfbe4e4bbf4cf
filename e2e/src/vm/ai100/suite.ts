import { fileURLToPath } from 'node:url';
import type { MachineSuite } from '../machine-suite.ts';
import { cacheCases } from './cache.ts';
import { creationTimeCases } from './creation-time.ts';
import { drives } from './drives.ts';
import { gateCases } from './gates.ts';
import { healthCases } from './health.ts';
import { interruptionCases } from './interruptions.ts';
import { kernelCases } from './kernel.ts';
import { quotaCases } from './quota.ts';
import { rebuildCases } from './rebuild.ts';
import { seedPodCases } from './seed-pod.ts';
import { toolCases } from './tools.ts';

const guestProgram = (name: string): string => fileURLToPath(new URL(`testing/${name}.ts`, import.meta.url));

export const suite: MachineSuite = {
  drives,
  modules: ['nvme', 'dm-mod', 'loop'],
  programs: { scan: guestProgram('scan'), kubelet: guestProgram('kubelet'), keeper: guestProgram('keeper') },
  needs: [
    { program: 'lvm', debian: 'lvm2' },
    { program: 'mkfs.xfs', debian: 'xfsprogs' },
    { program: 'nvme', debian: 'nvme-cli' },
    { program: 'blkid', debian: 'util-linux' },
    { program: 'nsenter', debian: 'util-linux' },
    { program: 'mkfs.ext4', debian: 'e2fsprogs' },
    { program: 'runc', debian: 'runc' },
  ],
  cases: [
    ...kernelCases,
    ...toolCases,
    ...cacheCases,
    ...gateCases,
    ...healthCases,
    ...interruptionCases,
    ...quotaCases,
    ...rebuildCases,
    ...seedPodCases,
    ...creationTimeCases,
  ],
};
