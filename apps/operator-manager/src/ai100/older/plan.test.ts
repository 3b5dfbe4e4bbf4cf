import { describe, expect, test } from '@jest/globals';
import type { AidaptivCache, PhisonDeviceOperator } from '@rackwright/api';
import { formatPlan } from '@rackwright/controller';
import { type OlderPlan, type OlderSnapshot, planOlder } from './plan.ts';

const pod = { containers: [{ name: 'p', image: 'registry/plugin:1' }] };

function older(name: string, second: number, pluginname = 'device-plugin'): PhisonDeviceOperator {
  const plugins = [{ pluginname, pluginnamespace: 'older', pluginspec: pod }];
  return {
    metadata: { name, namespace: 'older', creationTimestamp: `2026-01-01T00:00:0${second}Z` },
    spec: { servicename: 's', serviceport: [], plugins },
  };
}

function cacheOf(maker?: string, more: object = {}): AidaptivCache {
  const made = {
    labels: { 'app.kubernetes.io/managed-by': 'phisondeviceoperator' },
    annotations: { 'operators.phison.com/made-from': maker ?? '' },
  };
  return {
    ...{ apiVersion: 'operators.phison.com/v1beta1', kind: 'AidaptivCache' },
    metadata: { name: 'default', uid: 'u', ...(maker === undefined ? {} : made), ...more },
    spec: {},
  } as unknown as AidaptivCache;
}

function plan(of: string, all: readonly PhisonDeviceOperator[], cache?: AidaptivCache): OlderPlan {
  const object = all.find(({ metadata }) => metadata?.name === of);
  const snapshot: OlderSnapshot = { key: `older/${of}`, object, all, cache };
  return planOlder(snapshot);
}

const [a, b] = [older('a', 1), older('b', 0)];
const create = 'create AidaptivCache default (missing)';
const remove = 'delete AidaptivCache default (not wanted any more)';

describe('while there is no AidaptivCache', () => {
  test('the oldest makes it, and another says whose it is', () => {
    expect(formatPlan(plan('b', [a, b]).actions)).toBe(create);
    expect(plan('a', [a, b])).toMatchObject({
      actions: [],
      accepted: false,
      reason: 'OtherPhisonDeviceOperator',
      message: 'the AidaptivCache default is made of PhisonDeviceOperator older/b',
    });
  });

  test('one that names no device plugin is passed over', () => {
    const other = older('b', 0, 'gpu-monitor');
    expect(formatPlan(plan('a', [a, other]).actions)).toBe(create);
    expect(plan('b', [a, other])).toMatchObject({ actions: [], reason: 'NoDevicePlugin' });
  });

  test('one that asks for what cannot be makes none and says why', () => {
    const wrong = older('a', 1);
    wrong.spec.plugins = [
      { ...plan0(wrong), pluginspec: { containers: [{ name: 'p', args: ['-m', '/etc/x'] }] } },
    ];
    const { actions, reason, message } = plan('a', [wrong]);
    expect([actions, reason]).toEqual([[], 'InvalidSpec']);
    expect(message).toContain('spec.cache.hostPath');
  });
});

function plan0({ spec }: PhisonDeviceOperator) {
  const [first] = spec.plugins ?? [];
  if (first === undefined) throw new Error('no plugin');
  return first;
}

describe('an AidaptivCache that is there', () => {
  test.each([
    ['was made by hand', cacheOf()],
    ['was made of it and had the mark taken away', cacheOf('older/a', { labels: {} })],
  ])('and %s stays as it is, also when the PhisonDeviceOperator goes', (_, cache) => {
    expect(plan('a', [a], cache)).toMatchObject({
      ...{ actions: [], accepted: false, reason: 'AidaptivCacheExists' },
    });
    expect(plan('a', [], cache).actions).toEqual([]);
  });

  test('and was made of another goes on to be its', () => {
    expect(plan('b', [a, b], cacheOf('older/a'))).toMatchObject({
      ...{ actions: [], reason: 'OtherPhisonDeviceOperator' },
    });
  });

  test('goes with the PhisonDeviceOperator it was made of, once', () => {
    expect(formatPlan(plan('a', [], cacheOf('older/a')).actions)).toBe(remove);
    const ending = cacheOf('older/a', { deletionTimestamp: '2026-01-01T00:00:09Z' });
    expect(plan('a', [], ending).actions).toEqual([]);
    expect(plan('b', [b], cacheOf('older/a')).actions).toEqual([]);
  });

  test('goes when the device plugin is taken out', () => {
    expect(formatPlan(plan('a', [older('a', 1, 'gpu-monitor')], cacheOf('older/a')).actions)).toBe(remove);
  });
});
