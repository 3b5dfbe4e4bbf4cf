import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import type { MachineEnvironment } from '../machine-suite.ts';
import { GuestDriver } from './guest-driver.ts';
import { onBlankHost } from './guest-host.ts';
import { GuestVolume } from './guest-volume.ts';

/** Volumes as pods use them, with the kernel's own drivers. */
export const useCases: readonly Case<MachineEnvironment>[] = [
  {
    name: 'a volume of a file is made, written, grown while in use and gone in the end',
    run: onBlankHost(async (testEnv) => {
      const driver = await GuestDriver.start(testEnv, 'loop');
      try {
        const wish = { name: 'on-a-file', mebibytes: 32n, fileSystem: 'ext4' } as const;
        const volume = await GuestVolume.create(testEnv, driver, wish);
        await volume.attach();
        expectEqual('file system', (await volume.mount())?.fsType, 'ext4');
        const digest = await volume.fill('data', 8);
        const before = await volume.total();
        await volume.grow(64n);
        const grown = (await volume.total()) - before;
        expectThat('the file system is larger', grown > 24n * 2n ** 20n, `${grown} bytes more`);
        expectEqual('what was written', await volume.digest('data'), digest);
        await volume.remove();
        await driver.stop();
      } finally {
        await driver.endIfRunning();
      }
    }),
  },
];
