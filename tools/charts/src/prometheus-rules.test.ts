import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ai100Metric, nvmeMetric } from '@rackwright/keys';
import { promtoolExpected, workspaceRoot } from '@rackwright/testbed/without-nodes';
import { type Group, inputs, RuleFile, readGroup, type Series } from './rule-file.ts';

const always = (value: number | string): string => `${value}x120`;
const health = (state: string): Series => ({
  [`ai100_device_health_state{device="nvme1",serial="S1",instance="n1:9299",state="${state}"}`]:
    always('1+0'),
});
const drive = 'device="nvme1",instance="n1:9299"';
const cache = 'mountpoint="/mnt/nvme0",fstype="xfs",instance="n1:9299"';

/** For each alert series that let it fire within two hours, and series that must not. */
const cases: Readonly<Record<string, { readonly fires: Series; readonly silent: Series }>> = {
  AI100DriveUnhealthy: { fires: health('unhealthy'), silent: health('suspect') },
  AI100DriveQuarantined: { fires: health('quarantined'), silent: health('unhealthy') },
  AI100DriveDegraded: { fires: health('degraded'), silent: health('healthy') },
  AI100FirmwareNotAllowed: {
    fires: { [`ai100_device_firmware_compliant{${drive},serial="S1"}`]: always('0+0') },
    silent: { [`ai100_device_firmware_compliant{${drive},serial="S1"}`]: always('1+0') },
  },
  AI100CacheNotMounted: {
    fires: { 'ai100_cache_mounted{mountpoint="/mnt/nvme0",instance="n1:9299"}': always('0+0') },
    // Mounted again within a minute, as after a reset.
    silent: { 'ai100_cache_mounted{mountpoint="/mnt/nvme0",instance="n1:9299"}': '1x58 0 1x60' },
  },
  AI100CacheReadOnly: {
    fires: { 'ai100_cache_read_only{mountpoint="/mnt/nvme0",instance="n1:9299"}': always('1+0') },
    silent: { 'ai100_cache_read_only{mountpoint="/mnt/nvme0",instance="n1:9299"}': always('0+0') },
  },
  AI100CacheDriveMissing: {
    fires: { 'ai100_cache_vg_missing_pvs{vg="vg_aidaptiv",instance="n1:9299"}': always('1+0') },
    silent: { 'ai100_cache_vg_missing_pvs{vg="vg_aidaptiv",instance="n1:9299"}': always('0+0') },
  },
  AI100CacheFull: {
    fires: {
      [`ai100_cache_available_bytes{${cache}}`]: always('4+0'),
      [`ai100_cache_size_bytes{${cache}}`]: always('100+0'),
    },
    silent: {
      [`ai100_cache_available_bytes{${cache}}`]: always('5+0'),
      [`ai100_cache_size_bytes{${cache}}`]: always('100+0'),
    },
  },
  AI100UnitsMissing: {
    fires: {
      'ai100_units_healthy{instance="n1:9299"}': always('1+0'),
      'ai100_units_capacity{instance="n1:9299"}': always('2+0'),
    },
    silent: {
      'ai100_units_healthy{instance="n1:9299"}': always('2+0'),
      'ai100_units_capacity{instance="n1:9299"}': always('2+0'),
    },
  },
  AI100RecoveryFails: {
    fires: { 'ai100_recovery_actions_total{action="Remount",result="Failed",instance="n1:9299"}': '0+1x120' },
    silent: {
      'ai100_recovery_actions_total{action="Remount",result="Succeeded",instance="n1:9299"}': '0+1x120',
      'ai100_recovery_actions_total{action="Rescan",result="Failed",instance="n1:9299"}': '0x60 1x60',
    },
  },
  NVMeSpareLow: {
    fires: {
      [`nvme_available_spare_ratio{${drive}}`]: always('0.05+0'),
      [`nvme_available_spare_threshold_ratio{${drive}}`]: always('0.05+0'),
    },
    silent: {
      [`nvme_available_spare_ratio{${drive}}`]: always('0.06+0'),
      [`nvme_available_spare_threshold_ratio{${drive}}`]: always('0.05+0'),
    },
  },
  NVMeWornOut: {
    fires: { [`nvme_percentage_used_ratio{${drive}}`]: always('2.55+0') },
    silent: { [`nvme_percentage_used_ratio{${drive}}`]: always('0.89+0') },
  },
  NVMeMediaErrors: {
    fires: { [`nvme_media_errors_total{${drive}}`]: '0x90 1x30' },
    silent: { [`nvme_media_errors_total{${drive}}`]: always('15+0') },
  },
  NVMeTooHot: {
    fires: {
      [`nvme_temperature_celsius{${drive}}`]: always('86+0'),
      [`nvme_temperature_critical_threshold_celsius{${drive}}`]: always('85+0'),
    },
    // A drive that names no threshold.
    silent: { [`nvme_temperature_celsius{${drive}}`]: always('200+0') },
  },
  NVMeReadOnly: {
    fires: { [`nvme_critical_warning_state{${drive},type="read_only"}`]: always('1+0') },
    silent: { [`nvme_critical_warning_state{${drive},type="temperature"}`]: always('1+0') },
  },
  NVMeDriveSilent: {
    fires: { [`nvme_exporter_device_up{${drive}}`]: always('0+0') },
    silent: { [`nvme_exporter_device_up{${drive}}`]: always('1+0') },
  },
};

const files = join(workspaceRoot, 'charts/aidaptivcache-operator/files');
let alerts: Group;
let olderNames: Group;
let rules: RuleFile;

beforeAll(async () => {
  alerts = await readGroup('charts/aidaptivcache-operator/files/alerts.yaml');
  olderNames = await readGroup('charts/aidaptivcache-operator/files/older-names.yaml');
  rules = await RuleFile.write([alerts, olderNames]);
});
afterAll(() => rules[Symbol.asyncDispose]());

(promtoolExpected() ? describe : describe.skip)('the rules of nvme-exporter (needs promtool)', () => {
  test('are what Prometheus takes', async () => {
    expect(await rules.check()).toMatchObject({ code: 0 });
  });

  test('every alert has a case', () => {
    expect(alerts.rules.map(({ alert }) => alert).sort()).toEqual(Object.keys(cases).sort());
  });

  test.each(Object.entries(cases))('%s fires, and does not', async (alertname, { fires, silent }) => {
    expect(await rules.fires(alertname, fires)).toBe(true);
    expect(await rules.fires(alertname, silent)).toBe(false);
  });

  test('record what other exporters call temperature and wear, in their units', async () => {
    const expected: readonly (readonly [string, string, number])[] = [
      ['nvme_temperature', 'nvme_temperature', 113],
      ['nvme_percent_used', 'nvme_percent_used', 3],
      ['smartctl_device_temperature', 'smartctl_device_temperature{temperature_type="current",', 45],
    ];
    const labels = `${drive}}`;
    const checks = expected.map(([expr, name, value]) => ({
      expr: `round(${expr}, 0.001)`,
      eval_time: '5m',
      exp_samples: [
        { labels: name.includes('{') ? `{temperature_type="current",${labels}` : `{${labels}`, value },
      ],
    }));
    const series = {
      [`nvme_temperature_celsius{${drive}}`]: always('45+0'),
      [`nvme_percentage_used_ratio{${drive}}`]: always('0.03+0'),
    };
    const outcome = await rules.test([
      { interval: '1m', input_series: inputs(series), promql_expr_test: checks },
    ]);
    expect(outcome).toMatchObject({ code: 0 });
  });
});

const known: ReadonlySet<string> = new Set(Object.values({ ...nvmeMetric, ...ai100Metric }));

/** Names of metrics in an expression of PromQL. */
function metricsIn(expr: string): string[] {
  const bare = expr.replace(/\{[^}]*\}/g, '').replace(/\b(by|on|without)\s*\([^)]*\)/g, '');
  return bare.match(/\b(nvme|ai100|smartctl)_\w+/g) ?? [];
}

test('alerts and older names are made of metrics the exporter has', () => {
  const used = [...alerts.rules, ...olderNames.rules].flatMap(({ expr }) => metricsIn(expr));
  expect(used.length).toBeGreaterThan(30);
  expect(used.filter((name) => !known.has(name))).toEqual([]);
  // A rule must not record what the exporter itself exports.
  expect(olderNames.rules.filter(({ record }) => known.has(record ?? ''))).toEqual([]);
});

test('the dashboard shows metrics the exporter has', async () => {
  const text = await readFile(join(files, 'dashboard.json'), 'utf8');
  const { panels, uid } = JSON.parse(text) as {
    uid: string;
    panels: readonly {
      id: number;
      title: string;
      description?: string;
      targets?: readonly { expr: string }[];
    }[];
  };
  const exprs = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  const used = exprs.flatMap(metricsIn);
  expect(uid).toBe('rackwright-ai100');
  expect(used.length).toBeGreaterThan(15);
  expect(used.filter((name) => !known.has(name))).toEqual([]);
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const variables = text.match(/label_values\(([a-z_0-9]+),/g) ?? [];
  expect(variables.map((found) => found.replace(/.*\(|,/g, ''))).toEqual([nvmeMetric.buildInfo]);
});
