import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { retryHandlerCounters, retryHandlerGauges } from '@rackwright/hardware-cxi';
import { disliked, keptMetricNames, promtoolExpected } from '@rackwright/testbed/without-nodes';
import { telemetryChoice } from './telemetry-choice.ts';
import { type TestHost, testCollector, testHost, textOf } from './testing/host.ts';

/** One NIC of each kind with everything there is to tell, and one nothing is known of. */
async function telltaleHost(): Promise<TestHost> {
  const made = await testHost({
    nics: [
      { generation: 1, vfs: 1, telemetryFiles: 3 },
      { generation: 2, link: 'down', nid: 0xffffffff, mac: 'ec:0d:9a:00:00:01', telemetryFiles: 2 },
    ],
  });
  const { host, write, writeState, writeStats } = made;
  await host.hardware.cxi.write('cxi0', 'link_restarts/time_3', '1767000000\n');
  await host.hardware.cxi.write(
    'cxi0',
    'telemetry/hni_pcs_good_cw',
    '18446744073709551615@1767225600.000000000\n',
  );
  await host.hardware.cxi.write('cxi0', 'properties/pct_eq', '7\n');
  await host.hardware.cxi.write('cxi1', 'fru/serial_number', 'odd "\\ one\n');
  write('/sys/class/cxi/cxi9/uevent', 'a device nothing else is known of');
  write('/sys/kernel/debug/cxi/cxi0/services', 'Rgroups:\nID: 1\n  Name:default\n  State:Disabled\n');
  writeStats('cxi0', { spt_timeouts: 5, nacks: 2, nack_resource_busy: 2, sct_in_use: 1, parked_nids: 0 });
  const since = '2026-01-01T00:00:00.000Z';
  writeState([
    { device: 'cxi0', state: 'Running', pid: 12, restarts: 1, since, rebootRequired: false },
    { device: 'cxi1', state: 'Failed', restarts: 0, since, rebootRequired: true },
    { device: 'cxi77', state: 'Running', restarts: 0, since, rebootRequired: false },
  ]);
  return made;
}

async function text(stats: Readonly<Record<string, number>> = {}): Promise<string> {
  using made = await telltaleHost();
  made.writeStats('cxi0', stats);
  using collector = testCollector(made.host, { telemetry: telemetryChoice(['default']) });
  return textOf(await collector.collect());
}

test('/metrics of a simulated host is as in the golden file', async () => {
  const path = new URL('testdata/metrics.txt', import.meta.url);
  const actual = await text();
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(path, actual);
  expect(actual).toBe(readFileSync(path, 'utf8'));
});

const ifPromtool = promtoolExpected() ? test : test.skip;

ifPromtool('promtool dislikes the names that are kept, and no others (needs promtool)', async () => {
  const files = [...retryHandlerCounters, ...retryHandlerGauges];
  const all = await text(Object.fromEntries(files.map((file, i) => [file, i])));
  expect(disliked(all)).toEqual(Object.keys(keptMetricNames));
});
