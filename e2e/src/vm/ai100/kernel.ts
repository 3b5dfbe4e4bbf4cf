import { parseSmartJson } from '@rackwright/hardware-nvme';
import { NvmeCli } from '@rackwright/storage';
import type { DriveSpec } from '@rackwright/testbed';
import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import type { MachineEnvironment } from '../machine-suite.ts';
import { first, second } from './drives.ts';
import { controllerOf, guestTools, scanGuest } from './guest-host.ts';

/** Serials of the drives that the scanner sees live and with their size. */
async function liveSerials(testEnv: MachineEnvironment): Promise<string[]> {
  const controllers = await scanGuest(testEnv);
  return testEnv.drives
    .filter(({ serial, sizeBytes }) =>
      controllers.some(
        ({ state, serial: seen, namespaces: [namespace] }) =>
          seen === serial && state === 'live' && namespace?.sizeBytes === BigInt(sizeBytes),
      ),
    )
    .map(({ serial }) => serial);
}

const serials = (drives: readonly DriveSpec[]): string[] => drives.map(({ serial }) => serial);

/** What Linux itself says of drives, and what becomes of it in our scanner. */
export const kernelCases: readonly Case<MachineEnvironment>[] = [
  {
    name: 'drives are seen with serial, size and state as the kernel shows them',
    async run(testEnv) {
      expectEqual('live drives', await liveSerials(testEnv), serials(testEnv.drives));
      for (const { transport, vendorId, model, firmware } of await scanGuest(testEnv)) {
        expectEqual('transport', transport, 'pcie');
        expectEqual('PCI vendor', vendorId, '1b36');
        expectEqual('model', model, 'QEMU NVMe Ctrl');
        expectThat('a firmware revision is there', firmware !== undefined, firmware);
      }
    },
  },
  {
    name: 'a drive that is pulled is gone, and is the same drive when it is plugged in again',
    async run(testEnv) {
      const { drives } = testEnv.machine;
      await drives.unplug(second);
      try {
        expectEqual(
          'live drives',
          await liveSerials(testEnv),
          serials(testEnv.drives.filter((drive) => drive !== second)),
        );
      } finally {
        await drives.plug(second);
      }
      await controllerOf(testEnv, second);
      expectEqual('live drives', await liveSerials(testEnv), serials(testEnv.drives));
    },
  },
  {
    name: "a drive's critical warning is read from its log through nvme-cli",
    async run(testEnv) {
      const cli = new NvmeCli(guestTools(testEnv));
      const { drives } = testEnv.machine;
      const warning = async (drive: DriveSpec): Promise<number> =>
        parseSmartJson(await cli.smartLog(await controllerOf(testEnv, drive))).criticalWarning;
      expectEqual('warning at first', await warning(first), 0);
      await drives.setCriticalWarning(first, 4);
      try {
        expectEqual('warning of the drive', await warning(first), 4);
        expectEqual('warning of the other drive', await warning(second), 0);
      } finally {
        await drives.setCriticalWarning(first, 0);
      }
    },
  },
  {
    name: 'a reset of a controller ends with a live controller',
    async run(testEnv) {
      const cli = new NvmeCli(guestTools(testEnv));
      await cli.reset(await controllerOf(testEnv, first));
      expectEqual('live drives', await liveSerials(testEnv), serials(testEnv.drives));
    },
  },
];
