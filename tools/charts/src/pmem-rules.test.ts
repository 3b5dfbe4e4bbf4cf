import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pmemMetric } from '@rackwright/keys';
import { promtoolExpected, workspaceRoot } from '@rackwright/testbed/without-nodes';
import { type Group, RuleFile, readGroup, type Series } from './rule-file.ts';

const always = (value: number): string => `${value}+0x120`;
const amount = (kind: string, driver = 'pmem-csi.intel.com'): string =>
  `pmem_amount_${kind}{driver_name="${driver}",node="n1",instance="n1:10010"}`;
const calls = (code: string, driver = 'pmem-csi.intel.com'): string =>
  `csi_plugin_operations_seconds_count{driver_name="${driver}",method_name="CreateVolume",grpc_status_code="${code}",instance="n1:10010"}`;
const unprepared =
  'pmem_region_unprepared{driver_name="pmem-csi.intel.com",node="n1",region="region0",reason="NotFound",instance="n1:10010"}';
const abnormal =
  'pmem_volume_abnormal{driver_name="pmem-csi.intel.com",node="n1",volume="pvc-1",instance="n1:10010"}';
const nodes = 'pmem_nodes{instance="c:10010"}';
const expiry = 'pmem_csi_certificate_expiry_timestamp_seconds{role="server",instance="c:10010"}';
const day = 24 * 3600;

/** For each alert series that let it fire within two hours, and all those that must not. */
const cases: Readonly<Record<string, { readonly fires: Series; readonly silent: readonly Series[] }>> = {
  PMEMCapacityLow: {
    fires: { [amount('available')]: always(9), [amount('managed')]: always(100) },
    silent: [
      { [amount('available')]: always(10), [amount('managed')]: always(100) },
      // A node that is not prepared has no memory that could run low.
      { [amount('available')]: always(0), [amount('managed')]: always(0) },
    ],
  },
  PMEMCapacityUnknown: {
    fires: { [amount('total')]: '100+0x90 stale' },
    // One pod in the place of another, a few minutes later.
    silent: [{ [amount('total')]: always(100) }, { [amount('total')]: '100+0x60 stale _x3 100+0x60' }],
  },
  PMEMRegionUnprepared: {
    fires: { [unprepared]: always(1) },
    // Made at the third try.
    silent: [{ [unprepared]: '1+0x5 stale' }],
  },
  PMEMOperationsFail: {
    fires: { [calls('Internal')]: '0+1x120', [amount('total')]: always(100) },
    silent: [
      { [calls('ResourceExhausted')]: '0+1x120', [amount('total')]: always(100) },
      { [calls('Internal')]: '0x60 1x60', [amount('total')]: always(100) },
      // Another driver, which has no persistent memory.
      { [calls('Internal', 'other.example.com')]: '0+1x120', [amount('total')]: always(100) },
    ],
  },
  PMEMVolumeAbnormal: {
    fires: { [abnormal]: '_x60 1x60' },
    // It is left out once the volume is well again.
    silent: [{ [abnormal]: '_x60 1 stale' }],
  },
  PMEMNodeAway: {
    fires: { [nodes]: '3x90 2x30' },
    // Away for a moment, as while a node is restarted.
    silent: [{ [nodes]: '3x60 2x5 3x60' }, { [nodes]: '2x60 3x60' }],
  },
  PMEMCertificateExpires: {
    fires: { [expiry]: always(6 * day) },
    silent: [{ [expiry]: always(8 * day) }],
  },
};

let alerts: Group;
let rules: RuleFile;

beforeAll(async () => {
  alerts = await readGroup('charts/pmem-csi-driver/files/alerts.yaml');
  rules = await RuleFile.write([alerts]);
});
afterAll(() => rules[Symbol.asyncDispose]());

(promtoolExpected() ? describe : describe.skip)('the rules of pmem-csi-driver (needs promtool)', () => {
  test('are what Prometheus takes, and every alert has a case', async () => {
    expect(await rules.check()).toMatchObject({ code: 0 });
    expect(alerts.rules.map(({ alert }) => alert).sort()).toEqual(Object.keys(cases).sort());
  });

  test.each(Object.entries(cases))('%s fires, and does not', async (alert, { fires, silent }) => {
    expect(await rules.fires(alert, fires)).toBe(true);
    for (const series of silent) expect(await rules.fires(alert, series)).toBe(false);
  });
});

const known: ReadonlySet<string> = new Set(Object.values(pmemMetric));

/** Metrics in an expression of PromQL; of a histogram its name. */
function metricsIn(expr: string): string[] {
  const bare = expr.replace(/\{[^}]*\}/g, '').replace(/\b(by|on|without)\s*\([^)]*\)/g, '');
  const names = bare.match(/\b(pmem|csi)_\w+/g) ?? [];
  return names.map((name) => name.replace(/_seconds_(count|sum|bucket)$/, '_seconds'));
}

test('alerts and the dashboard are made of metrics the driver has', async () => {
  const path = 'charts/pmem-csi-driver/files/dashboard.json';
  const text = await readFile(join(workspaceRoot, path), 'utf8');
  const { panels, uid } = JSON.parse(text) as {
    uid: string;
    panels: readonly { id: number; targets?: readonly { expr: string }[] }[];
  };
  const shown = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  const variables = text.match(/label_values\([a-z_]+/g) ?? [];
  const used = [...alerts.rules.map(({ expr }) => expr), ...shown, ...variables].flatMap(metricsIn);
  expect(used.filter((name) => !known.has(name))).toEqual([]);
  // Nothing that is measured goes unseen, but for the version.
  expect([...known].filter((name) => !used.includes(name))).toEqual([pmemMetric.buildInfo]);
  expect(uid).toBe('rackwright-pmem');
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
});
