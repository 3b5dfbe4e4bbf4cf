import { type CustomResourceDefinition, resources } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { driverCondition, eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';

const name = 'cxidrivers.cxi.hpe.com';
const field = 'priorityClassName';
const path = `/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/${field}`;

export const crds: readonly Case[] = [
  {
    name: 'helm upgrade brings the CRDs along: a field an older CRD lacks is told of and is there afterwards',
    deadlineMs: 240_000,
    async run(testEnv) {
      const patch = [{ op: 'remove', path }];
      await testEnv.kube.patch(resources.customResourceDefinitions, { name }, patch, { strategy: 'json' });
      await eventually(testEnv, 'CRDsCurrent to be False', async () => {
        const message = (await driverCondition(testEnv, 'CRDsCurrent'))?.message ?? '';
        expectThat('the condition names the field', message.includes(`spec.${field} is missing`), message);
        return true;
      });
      const { helm, namespace } = testEnv;
      const words = [
        'rackwright',
        testEnv.chart,
        '--namespace',
        namespace,
        '--reuse-values',
        '--wait',
        '--timeout=2m',
      ];
      const outcome = await helm('upgrade', ...words);
      expectEqual(`helm upgrade: ${outcome.stdout}${outcome.stderr}`, outcome.code, 0);
      expectThat('the field is back', hasField(await crd(testEnv)), 'it is missing');
    },
  },
];

function crd(testEnv: TestEnvironment): Promise<CustomResourceDefinition> {
  return testEnv.kube.get(resources.customResourceDefinitions, { name });
}

function hasField(live: CustomResourceDefinition): boolean {
  return JSON.stringify(live.spec?.versions[0]?.schema).includes(`"${field}"`);
}
