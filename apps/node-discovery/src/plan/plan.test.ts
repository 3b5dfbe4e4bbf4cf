import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Discovered, Part } from '../labels/discover.ts';
import type { Labels } from '../labels/label-value.ts';
import { type SourceName, sourceNames } from '../labels/sources.ts';
import { type ObservedNode, observeNode } from '../node/observed-node.ts';
import { type FeatureState, type NodeMetadata, type Plan, planPublication } from './plan.ts';
import { type Absences, absencesToWithdraw } from './settle.ts';

const now = Date.parse('2026-11-29T10:00:00Z');
const pci = 'feature.node.kubernetes.io/pci-1590.present';
const present = 'phison.com/cxi.present';
const eio = [{ path: '/sys/bus/pci/devices', code: 'EIO' }];

/** What a look finds, by source; a source that cannot be read is `unread`. */
function look(labels: Partial<Record<SourceName, Labels | 'unread'>> = {}): Discovered {
  const part = (source: SourceName): Part => {
    const found = labels[source] ?? {};
    return found === 'unread' ? { labels: {}, unread: eio } : { labels: found, unread: [] };
  };
  return {
    parts: Object.fromEntries(sourceNames.map((name) => [name, part(name)])) as Discovered['parts'],
    instances: { ai100: [], cxi: [], pmem: [] },
  };
}

/** A Node as the API server keeps it: fields with their owners. */
class StoredNode {
  labels = new Map<string, string>();
  annotations: Labels = {};
  own = new Set<string>();
  foreign = new Set<string>();

  observed(): ObservedNode {
    const fields = (keys: Iterable<string>) => Object.fromEntries([...keys].map((key) => [`f:${key}`, {}]));
    const metadata = {
      uid: 'u',
      resourceVersion: '1',
      labels: Object.fromEntries(this.labels),
      annotations: this.annotations,
      managedFields: [
        {
          manager: 'phison-node-discovery',
          operation: 'Apply',
          fieldsV1: {
            'f:metadata': {
              'f:labels': fields(this.own),
              'f:annotations': fields(Object.keys(this.annotations)),
            },
          },
        },
        {
          manager: 'nfd-master',
          operation: 'Update',
          fieldsV1: { 'f:metadata': { 'f:labels': fields(this.foreign) } },
        },
      ],
    };
    return observeNode({ metadata });
  }

  /** Server-side apply with force. */
  apply({ labels, annotations }: NodeMetadata): void {
    for (const key of this.own) if (!(key in labels) && !this.foreign.has(key)) this.labels.delete(key);
    for (const [key, value] of Object.entries(labels)) {
      if (this.labels.get(key) !== value) this.foreign.delete(key);
      this.labels.set(key, value);
    }
    this.own = new Set(Object.keys(labels));
    this.annotations = annotations;
  }
}

/** Looks at the host one after the other, from a Node as it is. */
class Discovery {
  readonly node: StoredNode;
  #absences: Absences = new Map();

  constructor(node = new StoredNode()) {
    this.node = node;
  }

  publish(discovered: Discovered, reassert = false): Plan {
    const observed = this.node.observed();
    const plan = planPublication({ discovered, node: observed, absences: this.#absences, reassert, now });
    if (plan.apply !== undefined) this.node.apply(plan.apply);
    this.#absences = plan.absences;
    return plan;
  }

  get labels(): Labels {
    return Object.fromEntries(this.node.labels);
  }
}

describe('a label', () => {
  test('is written once and not again', () => {
    const discovery = new Discovery();
    expect(discovery.publish(look({ cxi: { [present]: 'true' } })).apply?.labels).toEqual({
      [present]: 'true',
    });
    expect(discovery.publish(look({ cxi: { [present]: 'true' } })).apply).toBeUndefined();
    expect(discovery.publish(look({ cxi: { [present]: 'true' } }), true).apply).toBeDefined();
  });

  test('goes after three looks in a row without its hardware', () => {
    const discovery = new Discovery();
    discovery.publish(look({ cxi: { [present]: 'true' } }));
    for (let i = 1; i < absencesToWithdraw; i++) {
      discovery.publish(look());
      expect(discovery.labels).toEqual({ [present]: 'true' });
    }
    discovery.publish(look());
    expect(discovery.labels).toEqual({});
  });

  test('stays when the hardware is there again in between', () => {
    const discovery = new Discovery();
    const there = look({ cxi: { [present]: 'true' } });
    for (const each of [there, look(), look(), there, look(), look()]) discovery.publish(each);
    expect(discovery.labels).toEqual({ [present]: 'true' });
  });

  test('stays through five looks that cannot read the host, which count for nothing', () => {
    const discovery = new Discovery();
    discovery.publish(look({ cxi: { [present]: 'true' } }));
    discovery.publish(look());
    discovery.publish(look());
    for (let i = 0; i < 5; i++) discovery.publish(look({ cxi: 'unread' }));
    expect(discovery.labels).toEqual({ [present]: 'true' });
    discovery.publish(look());
    expect(discovery.labels).toEqual({});
  });

  test('outlives a restart', () => {
    const before = new Discovery();
    before.publish(look({ cxi: { [present]: 'true' } }));
    before.publish(look());
    before.publish(look());
    const after = new Discovery(before.node);
    after.publish(look());
    after.publish(look());
    expect(after.labels).toEqual({ [present]: 'true' });
    after.publish(look());
    expect(after.labels).toEqual({});
  });

  test('of a source that can be read is written while another cannot', () => {
    const discovery = new Discovery();
    const memory = { 'phison.com/pmem.regions': '1' };
    discovery.publish(look({ cxi: 'unread', pci: 'unread', pmem: memory }));
    expect(discovery.labels).toEqual(memory);
  });

  test('that an earlier version wrote and none writes any more goes too', () => {
    const discovery = new Discovery();
    discovery.node.apply({ labels: { 'phison.com/cxi.colour': 'red' }, annotations: {} });
    for (let i = 0; i < absencesToWithdraw; i++) discovery.publish(look({ pci: 'unread' }));
    expect(discovery.labels).toEqual({});
  });
});

describe('a label of others', () => {
  test('is never touched', () => {
    const discovery = new Discovery();
    discovery.node.labels.set('phison.com/ai100.deploy', 'false');
    discovery.node.labels.set(pci, 'true');
    discovery.node.foreign.add(pci);
    discovery.publish(look({ cxi: { [present]: 'true' } }));
    for (let i = 0; i < absencesToWithdraw; i++) discovery.publish(look());
    expect(discovery.labels).toEqual({ 'phison.com/ai100.deploy': 'false', [pci]: 'true' });
  });

  test('that says the same is shared, and stays theirs when the hardware goes', () => {
    const discovery = new Discovery();
    discovery.node.labels.set(pci, 'true');
    discovery.node.foreign.add(pci);
    discovery.publish(look({ pci: { [pci]: 'true' } }));
    expect(discovery.node.own).toContain(pci);
    for (let i = 0; i < absencesToWithdraw; i++) discovery.publish(look());
    expect(discovery.labels).toEqual({ [pci]: 'true' });
    expect(discovery.node.own).not.toContain(pci);
  });

  test('that says otherwise is left so and told; the rest is written', () => {
    const discovery = new Discovery();
    discovery.node.labels.set(pci, 'false');
    discovery.node.foreign.add(pci);
    const plan = discovery.publish(look({ pci: { [pci]: 'true' }, cxi: { [present]: 'true' } }));
    expect(plan.conflicts).toEqual([pci]);
    expect(discovery.labels).toEqual({ [pci]: 'false', [present]: 'true' });
  });

  test('of our own domain is taken over', () => {
    const discovery = new Discovery();
    discovery.node.labels.set(present, 'false');
    discovery.node.foreign.add(present);
    expect(discovery.publish(look({ cxi: { [present]: 'true' } })).conflicts).toEqual([]);
    expect(discovery.labels).toEqual({ [present]: 'true' });
  });
});

describe('with a NodeFeature', () => {
  const found = look({ cxi: { [present]: 'true' }, pci: { [pci]: 'true' } });
  const plan = (node: StoredNode, feature: FeatureState, discovered = found) =>
    planPublication({
      ...{ discovered, node: node.observed(), absences: new Map(), reassert: false, now },
      feature,
    });

  test('a Node that never had labels of ours gets none', () => {
    const { apply, labels } = plan(new StoredNode(), { labels: {}, isOverdue: false });
    expect(apply).toBeUndefined();
    expect(labels).toEqual({ [present]: 'true', [pci]: 'true' });
  });

  test('labels of ours stay on the Node until Node Feature Discovery wrote them', () => {
    const { node } = new Discovery();
    node.apply({
      labels: { [present]: 'true', [pci]: 'true' },
      annotations: { 'phison.com/discovery.hash': 'h' },
    });
    node.foreign.add(pci);
    const { apply } = plan(node, { labels: {}, isOverdue: false });
    expect(apply).toEqual({ labels: { [present]: 'true' }, annotations: {} });
  });

  test('labels of our own domain that nobody made are written after a while', () => {
    const { apply } = plan(new StoredNode(), { labels: {}, isOverdue: true });
    expect(apply?.labels).toEqual({ [present]: 'true' });
  });

  test('a label stays for three looks without its hardware', () => {
    const { labels } = plan(new StoredNode(), { labels: { [present]: 'true' }, isOverdue: false }, look());
    expect(labels).toEqual({ [present]: 'true' });
  });
});

test('a Node nobody could look at for is left as it is', () => {
  const all = Object.fromEntries(sourceNames.map((name) => [name, 'unread' as const]));
  expect(new Discovery().publish(look(all), true).apply).toBeUndefined();
});

test('the time in the annotation is that of the last change', () => {
  const { node } = new Discovery();
  const input = { absences: new Map(), reassert: true };
  const discovered = look({ cxi: { [present]: 'true' } });
  const first = planPublication({ ...input, discovered, node: node.observed(), now });
  node.apply(first.apply ?? { labels: {}, annotations: {} });
  const second = planPublication({ ...input, discovered, node: node.observed(), now: now + 60_000 });
  expect(second.apply?.annotations).toEqual(first.apply?.annotations);
  expect(first.apply?.annotations['phison.com/discovery.time']).toBe('2026-11-29T10:00:00Z');
});

test('whatever looks find, restarts and read errors included, no label is withdrawn before three looks without it', () => {
  const key = fc.constantFrom(present, 'phison.com/cxi.count');
  const found = fc.dictionary(key, fc.constantFrom('1', '2'));
  const step = fc.oneof(found, fc.constant('unread' as const), fc.constant('restart' as const));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let discovery = new Discovery();
      const missed = new Map<string, number>();
      for (const each of steps) {
        if (each === 'restart') {
          discovery = new Discovery(discovery.node);
          continue;
        }
        const before = Object.keys(discovery.labels);
        discovery.publish(look({ cxi: each }));
        for (const label of before) {
          if (each === 'unread') expect(discovery.labels).toHaveProperty([label]);
          else missed.set(label, label in each ? 0 : (missed.get(label) ?? 0) + 1);
          if ((missed.get(label) ?? 0) < absencesToWithdraw) expect(discovery.labels).toHaveProperty([label]);
        }
        if (each !== 'unread') expect(discovery.labels).toMatchObject(each);
      }
    }),
  );
});
