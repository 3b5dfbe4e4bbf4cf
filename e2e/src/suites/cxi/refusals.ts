import { cxiDrivers } from '@rackwright/api';
import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { driverCondition, eventually } from '../../observe.ts';

const bad: readonly { readonly spec: Record<string, unknown>; readonly names: RegExp }[] = [
  { spec: {}, names: /spec\.version/ },
  {
    spec: { version: '1.0.0', devicePlugin: { sharingMode: 'sometimes' } },
    names: /spec\.devicePlugin\.sharingMode/,
  },
  {
    spec: { version: '1.0.0', devicePlugin: { sharedCapacity: 0 } },
    names: /spec\.devicePlugin\.sharedCapacity/,
  },
  { spec: { version: '1.0.0', metricsExporter: { port: 70_000 } }, names: /spec\.metricsExporter\.port/ },
  {
    spec: { version: '1.0.0', updateStrategy: { healthCheckTimeout: 'soon' } },
    names: /spec\.updateStrategy\.healthCheckTimeout/,
  },
  { spec: { version: '1.0.0', source: { type: 'prebuilt' } }, names: /prebuiltCache/ },
];

export const refusals: readonly Case[] = [
  {
    name: 'a CXIDriver that is wrong is refused with a message that names the field',
    async run(testEnv) {
      for (const { spec, names } of bad) {
        const object = { apiVersion: 'cxi.hpe.com/v1', kind: 'CXIDriver', metadata: { name: 'wrong' }, spec };
        const message = await testEnv.kube
          .request('POST', '/apis/cxi.hpe.com/v1/cxidrivers', { body: object })
          .then(
            () => 'it was accepted',
            (error: Error) => error.message,
          );
        expectThat(`${JSON.stringify(spec)} is refused by field`, names.test(message), message);
      }
    },
  },
  {
    name: 'a source that is not served yet stalls with the reason, and nothing is rolled out for it',
    async run(testEnv) {
      await testEnv.kube.patch(
        cxiDrivers,
        { name: testEnv.driver },
        { spec: { source: { type: 'dkms', dkms: { tag: 'release/shs-13.0.0' } } } },
        { strategy: 'merge' },
      );
      try {
        await eventually(testEnv, 'Stalled to be True', async () => {
          const stalled = await driverCondition(testEnv, 'Stalled');
          expectEqual('Stalled', stalled?.status, 'True');
          expectThat(
            'the message names the field',
            stalled?.message.includes('spec.source.type') ?? false,
            stalled,
          );
          return true;
        });
      } finally {
        await testEnv.kube.patch(
          cxiDrivers,
          { name: testEnv.driver },
          { spec: { source: { type: 'preinstalled', dkms: null } } },
          { strategy: 'merge' },
        );
      }
      await eventually(testEnv, 'Ready again', async () => {
        expectEqual('Ready', (await driverCondition(testEnv, 'Ready'))?.status, 'True');
        return true;
      });
    },
  },
];
