import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import type { MachineEnvironment } from '../machine-suite.ts';
import { type DeviceManagerName, GuestDriver } from './guest-driver.ts';
import { bootHost, onBlankHost, shell } from './guest-host.ts';
import { GuestVolume } from './guest-volume.ts';

/** What a volume outlives. */
export const survivalCases: readonly Case<MachineEnvironment>[] = [survival('lvm'), survival('direct')];

function survival(mode: DeviceManagerName): Case<MachineEnvironment> {
  return {
    name: `data survives a killed driver, another in its place under a running pod, and a power loss (${mode})`,
    long: true,
    deadlineMs: 900_000,
    run: onBlankHost(async (testEnv) => {
      const { machine } = testEnv;
      let driver = await GuestDriver.start(testEnv, mode);
      try {
        const wish = { name: 'outlives', mebibytes: 64n, fileSystem: 'ext4' } as const;
        const volume = await GuestVolume.create(testEnv, driver, wish);
        await volume.attach();
        const digest = await volume.fill('data', 16);
        const writer = await startWriter(testEnv, volume);

        await driver.kill();
        driver = await GuestDriver.start(testEnv, mode);
        await driver.stop();
        driver = await GuestDriver.start(testEnv, mode);
        volume.driver = driver;
        // The kubelet repeats what it is not sure of.
        await volume.attach();
        await writer.expectWriting();
        expectEqual('data after two other drivers', await volume.digest('data'), digest);

        await machine.powerOff();
        await machine.powerOn();
        await bootHost(testEnv);
        driver = await GuestDriver.start(testEnv, mode);
        volume.driver = driver;
        expectEqual('what is mounted after a power loss', await volume.mount(), undefined);
        await volume.attach();
        expectEqual('data after a power loss', await volume.digest('data'), digest);
        const again = await GuestVolume.create(testEnv, driver, wish);
        expectEqual('the volume of the same name', again.id, volume.id);
        await volume.remove();
        await driver.stop();
      } finally {
        await driver.endIfRunning();
      }
    }),
  };
}

/** A pod that writes all the time. */
async function startWriter(testEnv: MachineEnvironment, volume: GuestVolume) {
  const { machine } = testEnv;
  const path = `${volume.target}/written`;
  const script = `while date +%s%N >> ${path} && sync ${path}; do sleep 0.2; done`;
  const pid = await machine.call('start', { argv: ['sh', '-c', script], env: {}, log: '/run/writer.log' });
  const lines = async (): Promise<number> => Number(await shell(testEnv, `wc -l < ${path}`));
  return {
    /** It still runs, and writes more. */
    async expectWriting(): Promise<void> {
      const before = await lines();
      await shell(testEnv, `while [ $(wc -l < ${path}) -le ${before} ]; do sleep 0.1; done`);
      expectThat('the pod runs on', (await machine.call('exit', { pid })) === null, 'it ended');
    },
  };
}
