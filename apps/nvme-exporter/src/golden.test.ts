import { expect, test } from '@jest/globals';
import { ManualClock, silentLogger, systemClock } from '@rackwright/core';
import { defaultAi100Pattern } from '@rackwright/hardware-nvme';
import { HostFiles, SystemProcessRunner } from '@rackwright/host';
import { HostTools, NvmeCli } from '@rackwright/storage';
import { exampleSnapshot } from '../../../libs/hardware-nvme/src/testing/agent-snapshot.ts';
import type { Collection } from './collect/collection.ts';
import { Collector } from './collect/collector.ts';
import { nvmeDocument } from './json/document.ts';
import { renderMetrics } from './metrics/render.ts';
import { golden, snapshotOf, testHost } from './testing/host.ts';

/** Two drives of which a device plugin told, one that is none of its, and a clock that stands still. */
async function collection(): Promise<Collection | undefined> {
  using made = await testHost([{}, {}, { model: 'odd "\\ one', serial: 'x', vendor: 0x144d }], false);
  const { root } = made.host;
  const clock = new ManualClock();
  made.writeAgent(snapshotOf(exampleSnapshot, clock.now()));
  const tools = new HostTools({ runner: new SystemProcessRunner(systemClock), root, entry: 'tree' });
  const collector = new Collector({
    ...{ files: new HostFiles(root), nvme: new NvmeCli(tools), clock, logger: silentLogger, source: 'Agent' },
    ...{
      intervalMs: 30_000,
      scope: 'AllDisk',
      deviceLabel: 'name',
      firmware: ['EIFZ'],
      mountPath: '/mnt/nvme0',
    },
    rule: {
      ...{
        match: 'ModelAndVendor',
        modelPattern: new RegExp(defaultAi100Pattern, 'i'),
        pciVendors: ['1987'],
      },
      ...{ allowSerials: [], denySerials: [] },
    },
  });
  await collector.collect(new AbortController().signal);
  return collector.newest.value;
}

test('/metrics and /nvme of a simulated host are as in the golden files', async () => {
  const seen = await collection();
  if (seen === undefined) throw new Error('nothing was collected');
  const metrics = renderMetrics(seen, { version: '0.1.0', commit: 'abc' });
  expect(metrics).toBe(golden('metrics.txt', metrics));
  const document = nvmeDocument(seen, { node: 'node-1', version: '0.1.0', showPods: true });
  const text = `${JSON.stringify(document, null, 2)}\n`;
  expect(text).toBe(golden('nvme.json', text));
});
