import { runCsiSanity } from '@rackwright/testbed';
import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import type { MachineEnvironment } from '../machine-suite.ts';
import { type DeviceManagerName, endpoint, withDriver } from './guest-driver.ts';
import { onBlankHost, shell } from './guest-host.ts';

/** Specs that the advertised capabilities let run: namespaces do not grow. */
const fewest = { lvm: 49, direct: 42, loop: 49 } as const;
/** What passes by luck fails in one of many runs. */
const runs = Number(process.env.E2E_SANITY_RUNS ?? 1);
const folder = '/var/lib/kubelet/plugins/kubernetes.io/csi/pv';

/** Kubernetes' conformance tests of CSI drivers, with the kernel's own drivers below. */
export const sanityCases: readonly Case<MachineEnvironment>[] = [
  sanity('lvm'),
  sanity('direct'),
  sanity('loop'),
];

function sanity(mode: DeviceManagerName): Case<MachineEnvironment> {
  return {
    name: `csi-sanity finds nothing wrong with a driver in ${mode} mode`,
    long: true,
    deadlineMs: 1_200_000 * runs,
    run: onBlankHost(async (testEnv, record) => {
      const { machine, programs, signal } = testEnv;
      const program = await programs.resolve('csi-sanity', signal);
      await withDriver(testEnv, mode, [], async () => {
        for (let run = 1; run <= runs; run += 1) {
          await shell(testEnv, `rm -rf ${folder}; mkdir -p ${folder}`);
          const report = await runCsiSanity({
            ...{ program, endpoint, folder, runner: machine, deadlineMs: 1_000_000 },
            flags: ['--csi.testvolumesize=100663296', '--csi.testvolumeexpandsize=201326592'],
            readReport: async (path) => (await machine.call('read', { path })) ?? '',
          });
          record.figure(
            `csi-sanity, ${mode}, run ${run}: ${report.passed} passed, ${report.skipped} skipped`,
          );
          expectEqual('what is wrong', report.failures, []);
          expectThat(`at least ${fewest[mode]} ran`, report.passed >= fewest[mode], report);
        }
      });
    }),
  };
}
