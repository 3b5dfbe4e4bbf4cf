import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { nicNodes } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';

async function output(testEnv: TestEnvironment, ...args: string[]): Promise<string> {
  const outcome = await testEnv.kubectl(...args);
  expectEqual(`exit code of kubectl ${args.join(' ')}: ${outcome.stderr}`, outcome.code, 0);
  return outcome.stdout;
}

export const kubectl: readonly Case[] = [
  {
    name: 'kubectl wait sees the CXIDriver Ready',
    async run(testEnv) {
      const text = await output(
        testEnv,
        'wait',
        '--for=condition=Ready',
        `cxidriver/${testEnv.driver}`,
        '--timeout=60s',
      );
      expectThat('the condition is met', text.includes('condition met'), text);
    },
  },
  {
    name: 'kubectl get shows drivers and devices, by kind, short name and category',
    async run(testEnv) {
      const wide = await output(testEnv, 'get', 'cxidrivers,cxidevices', '--output', 'wide');
      for (const node of nicNodes(testEnv)) {
        for (const device of node.host.hardware.cxi.nics())
          expectThat(`${node.name}-${device} is listed`, wide.includes(`${node.name}-${device}`), wide);
      }
      for (const name of ['hw', 'slingshot', 'cxid', 'cxidev']) {
        const text = await output(testEnv, 'get', name);
        expectThat(`kubectl get ${name} lists something`, text.split('\n').length > 2, text);
      }
    },
  },
  {
    name: 'kubectl explain describes every field of the device plugin block',
    async run(testEnv) {
      const text = await output(testEnv, 'explain', 'cxidriver.spec.devicePlugin');
      for (const field of ['enabled', 'resourceName', 'sharingMode', 'sharedCapacity', 'image']) {
        const described = new RegExp(
          `^\\s+${field}\\s+<[^>]+>\\s*\\n(?:\\s+enum:[^\\n]*\\n)?\\s+\\S+`,
          'm',
        ).test(text);
        expectThat(`${field} has a description`, described, text);
      }
      expectThat('nothing is left undescribed', !text.includes('<no description>'), text);
    },
  },
];
