import type { Bed } from '../../bed.ts';
import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { nicNodes } from '../../observe.ts';

async function output(bed: Bed, ...args: string[]): Promise<string> {
  const outcome = await bed.kubectl(...args);
  expectEqual(`exit code of kubectl ${args.join(' ')}: ${outcome.stderr}`, outcome.code, 0);
  return outcome.stdout;
}

export const kubectl: readonly Case[] = [
  {
    name: 'kubectl wait sees the CXIDriver Ready',
    async run(bed) {
      const text = await output(
        bed,
        'wait',
        '--for=condition=Ready',
        `cxidriver/${bed.driver}`,
        '--timeout=60s',
      );
      expectThat('the condition is met', text.includes('condition met'), text);
    },
  },
  {
    name: 'kubectl get shows drivers and devices, by kind, short name and category',
    async run(bed) {
      const wide = await output(bed, 'get', 'cxidrivers,cxidevices', '--output', 'wide');
      for (const node of nicNodes(bed)) {
        for (const device of node.host.nics())
          expectThat(`${node.name}-${device} is listed`, wide.includes(`${node.name}-${device}`), wide);
      }
      for (const name of ['hw', 'slingshot', 'cxid', 'cxidev']) {
        const text = await output(bed, 'get', name);
        expectThat(`kubectl get ${name} lists something`, text.split('\n').length > 2, text);
      }
    },
  },
  {
    name: 'kubectl explain describes every field of the device plugin block',
    async run(bed) {
      const text = await output(bed, 'explain', 'cxidriver.spec.devicePlugin');
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
