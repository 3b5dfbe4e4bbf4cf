import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { aisMetric, aisNodeMetric } from '@rackwright/keys';
import { promtoolExpected, workspaceRoot } from '@rackwright/testbed/without-nodes';
import { type Group, inputs, RuleFile, readGroup, type Series } from './rule-file.ts';

const always = (value: number): string => `${value}+0x120`;
const ofCluster = 'namespace="ais",cluster="a"';
const operator = (name: string, more = ''): string => `${name}{${ofCluster}${more},instance="o:8443"}`;
const nodes = (name: string, role: string): string => operator(name, `,role="${role}"`);
const state = (name: string): string => operator(aisMetric.state, `,state="${name}"`);
const target = 'node_id="t1",instance="n1:51081"';
const ofBucket = 'bucket="b",instance="n1:51081"';

interface Case {
  /** Lets the alert fire within two hours. */
  readonly fires: Series;
  /** None of these does. */
  readonly silent: readonly Series[];
}

/** An alert that a target raises with a bit of its flags: it fires for that bit, beside others too, and for no other. */
function ofBit(bit: number): Case {
  const flags = `${aisNodeMetric.targetFlags}{${target}}`;
  return {
    fires: { [flags]: always(bit + 2) },
    // All other bits; the bit for half a minute, as while a node is started.
    silent: [{ [flags]: always(2 ** 23 - 1 - bit) }, { [flags]: `0x60 ${bit} 0x60` }],
  };
}

function unavailable(role: string): Case {
  const [ready, desired] = [nodes(aisMetric.nodesReady, role), nodes(aisMetric.nodesDesired, role)];
  return {
    fires: { [ready]: always(2), [desired]: always(3) },
    silent: [
      { [ready]: always(3), [desired]: always(3) },
      // Away for a moment, as while one is replaced.
      { [ready]: '3x60 2x3 3x60', [desired]: always(3) },
    ],
  };
}

function retries(verb: 'get' | 'put', share: number): Case {
  const again = `ais_target_ratelim_retry_${verb}_count{${ofBucket}}`;
  const all = `ais_target_${verb}_count{${ofBucket}}`;
  return {
    fires: { [again]: `0+${share * 2}x120`, [all]: '0+1000x120' },
    silent: [{ [again]: `0+${share / 2}x120`, [all]: '0+1000x120' }],
  };
}

const cases: Readonly<Record<string, Case>> = {
  AISClusterNotReady: {
    fires: { [operator(aisMetric.ready)]: always(0), [state('Upgrading')]: always(1) },
    silent: [
      { [operator(aisMetric.ready)]: always(1), [state('Ready')]: always(1) },
      { [operator(aisMetric.ready)]: always(0), [state('Shutdown')]: always(1) },
    ],
  },
  AISClusterSilent: {
    fires: { [operator(aisMetric.lastLook)]: always(60) },
    silent: [{ [operator(aisMetric.lastLook)]: '0+60x120' }],
  },
  ProxyUnavailable: unavailable('proxy'),
  TargetUnavailable: unavailable('target'),
  AISConfigRefused: {
    fires: { [operator(aisMetric.configRefused)]: always(1) },
    silent: [{ [operator(aisMetric.configRefused)]: always(0) }],
  },
  AISRebalanceAborted: {
    fires: {
      [operator(aisMetric.rebalanceAborted)]: always(1),
      [operator(aisMetric.rebalanceRunning)]: always(0),
    },
    silent: [
      {
        [operator(aisMetric.rebalanceAborted)]: always(1),
        [operator(aisMetric.rebalanceRunning)]: always(1),
      },
      {
        [operator(aisMetric.rebalanceAborted)]: always(0),
        [operator(aisMetric.rebalanceRunning)]: always(0),
      },
    ],
  },
  AISVoteInProgress: ofBit(1),
  AISRebalancing: ofBit(8),
  AISRebalanceInterrupted: ofBit(16),
  AISResilvering: ofBit(32),
  AISResilverInterrupted: ofBit(64),
  AISTargetRestart: ofBit(128),
  AISOutOfSpace: ofBit(256),
  AISOutOfMemory: ofBit(512),
  AISMaintenanceMode: ofBit(1024),
  AISLowCapacity: ofBit(2048),
  AISLowMemory: ofBit(4096),
  AISDiskFault: ofBit(8192),
  AISNumGoroutines: ofBit(16_384),
  AISHighNumGoroutines: ofBit(32_768),
  AISCertWillSoonExpire: ofBit(65_536),
  AISCertificateExpired: ofBit(131_072),
  AISCertificateInvalid: ofBit(262_144),
  AISKeepAliveErrors: ofBit(524_288),
  AISOutOfCPU: ofBit(1_048_576),
  AISLowCPU: ofBit(2_097_152),
  AISHighDiskIOUtilization: {
    fires: { [`${aisNodeMetric.diskUtilisation}{disk="d",${target}}`]: always(99) },
    silent: [{ [`${aisNodeMetric.diskUtilisation}{disk="d",${target}}`]: always(90) }],
  },
  AISChecksumError: {
    fires: { [`${aisNodeMetric.checksumErrors}{${target}}`]: '0x110 1+1x10' },
    silent: [{ [`${aisNodeMetric.checksumErrors}{${target}}`]: always(5) }],
  },
  AISGetRetryRatioHighWarn: retries('get', 10),
  AISGetRetryRatioCritical: retries('get', 50),
  AISPutRetryRatioWarn: retries('put', 10),
  AISPutRetryRatioCritical: retries('put', 50),
};

/** Series of cases side by side in one test of promtool: each case has a cluster, target and bucket of its own. */
function sideBySide(verdicts: readonly (readonly [alert: string, series: Series, fires: boolean])[]): object {
  const own = (name: string, i: number): string =>
    name.replace('cluster="a"', `cluster="c${i}"`).replace('="t1"', `="t${i}"`).replace('="b"', `="b${i}"`);
  return {
    interval: '1m',
    input_series: verdicts.flatMap(([, series], i) =>
      inputs(Object.fromEntries(Object.entries(series).map(([name, values]) => [own(name, i), values]))),
    ),
    promql_expr_test: verdicts.map(([alert, , fires], i) => {
      const which = `alertname="${alert}",cluster=~"c${i}|",node_id=~"t${i}|",bucket=~"b${i}|"`;
      return {
        expr: `count(ALERTS{${which},alertstate="firing"}) or vector(0)`,
        ...{ eval_time: '2h', exp_samples: [{ labels: '{}', value: fires ? 1 : 0 }] },
      };
    }),
  };
}

let alerts: Group;
let rules: RuleFile;

beforeAll(async () => {
  alerts = await readGroup('charts/ais-operator/files/alerts.yaml');
  rules = await RuleFile.write([alerts]);
});
afterAll(() => rules[Symbol.asyncDispose]());

(promtoolExpected() ? describe : describe.skip)('the alerts of ais-operator (needs promtool)', () => {
  test('are what Prometheus takes, and every alert has a case', async () => {
    expect(await rules.check()).toMatchObject({ code: 0 });
    expect(alerts.rules.map(({ alert }) => alert).sort()).toEqual(Object.keys(cases).sort());
  });

  test('each fires for what it is about, and for nothing else', async () => {
    const verdicts = Object.entries(cases).flatMap(([alert, { fires, silent }]) => [
      [alert, fires, true] as const,
      ...silent.map((series) => [alert, series, false] as const),
    ]);
    expect(await rules.test([sideBySide(verdicts)])).toMatchObject({ code: 0 });
    // An answer that is wrong is seen.
    expect(await rules.test([sideBySide([['AISOutOfSpace', {}, true]])])).toMatchObject({ code: 1 });
  });
});

const known: ReadonlySet<string> = new Set([...Object.values(aisMetric), ...Object.values(aisNodeMetric)]);

/** Metrics in an expression of PromQL. */
const metricsIn = (expr: string): string[] => expr.match(/\bais_(operator|target|proxy)_\w+/g) ?? [];

test('alerts and the dashboard are made of metrics that there are', async () => {
  const path = 'charts/ais-operator/files/dashboard.json';
  const text = await readFile(join(workspaceRoot, path), 'utf8');
  const { panels, uid } = JSON.parse(text) as {
    uid: string;
    panels: readonly { id: number; targets?: readonly { expr: string }[] }[];
  };
  const shown = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  const variables = text.match(/label_values\([a-z_]+/g) ?? [];
  const used = [...alerts.rules.map(({ expr }) => expr), ...shown, ...variables].flatMap(metricsIn);
  expect(used.filter((name) => !known.has(name))).toEqual([]);
  expect([...known].filter((name) => !used.includes(name))).toEqual([]);
  expect(uid).toBe('rackwright-ais');
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
});
