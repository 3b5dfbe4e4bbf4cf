import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { highestWeight, misplaced } from './placement.ts';
import {
  activeTargets,
  firstSmap,
  flagged,
  joined,
  left,
  nodeFlag,
  type Smap,
  type SmapNode,
} from './smap.ts';
import { parseSmap, smapText } from './smap-json.ts';

const net = { node_ip_addr: 'h', daemon_port: '1', direct_url: 'http://h:1' };

function node(id: string, role: SmapNode['daemon_type'] = 'target'): SmapNode {
  return {
    ...{ public_net: net, intra_control_net: net, intra_data_net: net },
    ...{ daemon_type: role, daemon_id: id, flags: 0 },
  };
}

const ids = ['t1', 't2', 't3', 't4', 't5'];
const steps = fc.array(
  fc.record({
    what: fc.constantFrom('join', 'decommission', 'maintenance', 'end of maintenance', 'put'),
    id: fc.constantFrom(...ids),
  }),
  { maxLength: 30 },
);

/** Targets with what each holds, and every object that was put. */
class Model {
  smap: Smap = joined(firstSmap('uuid', node('p1', 'proxy'), ''), node('t0'));
  readonly held = new Map<string, Set<string>>([['t0', new Set()]]);
  readonly put = new Set<string>();

  step({ what, id }: { readonly what: string; readonly id: string }): void {
    const isMember = this.smap.nodes.some(({ daemon_id }) => daemon_id === id);
    if (what === 'join') {
      this.smap = joined(this.smap, node(id));
      if (!this.held.has(id)) this.held.set(id, new Set());
    } else if (what === 'put') {
      const name = `o${this.put.size}`;
      this.put.add(name);
      this.held.get(this.owner(name))?.add(name);
    } else if (isMember) {
      const maintenance = { set: nodeFlag.maintenance };
      if (what === 'decommission') this.smap = flagged(this.smap, id, { set: nodeFlag.decommission });
      else
        this.smap = flagged(
          this.smap,
          id,
          what === 'maintenance' ? maintenance : { clear: nodeFlag.maintenance },
        );
    }
    this.rebalance();
    if (what !== 'decommission' || !isMember) return;
    this.smap = left(this.smap, id);
    this.held.delete(id);
  }

  rebalance(): void {
    const active = activeTargets(this.smap).map(({ daemon_id }) => daemon_id);
    for (const [holder, names] of this.held) {
      for (const [owner, moved] of misplaced(holder, names, active)) {
        for (const name of moved) {
          this.held.get(owner)?.add(name);
          names.delete(name);
        }
      }
    }
  }

  owner(name: string): string {
    return (
      highestWeight(
        activeTargets(this.smap).map(({ daemon_id }) => daemon_id),
        name,
      ) ?? ''
    );
  }
}

describe('placement', () => {
  test('no object is lost by joins, decommissions and maintenance that are followed by a rebalance', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const model = new Model();
        for (let i = 0; i < 20; i++) model.step({ what: 'put', id: 't0' });
        for (const step of all) model.step(step);
        const missing = [...model.put].filter(
          (name) => model.held.get(model.owner(name))?.has(name) !== true,
        );
        expect(missing).toEqual([]);
      }),
    );
  });

  test('spreads objects evenly, and moves only what a target that comes or goes has', () => {
    const names = Array.from({ length: 4000 }, (_, i) => `b/o${i}`);
    const owners = (targets: readonly string[]): (string | undefined)[] =>
      names.map((name) => highestWeight(targets, name));
    const four = owners(['a', 'b', 'c', 'd']);
    const three = owners(['a', 'b', 'c']);
    for (const id of ['a', 'b', 'c', 'd']) {
      expect(Math.abs(four.filter((one) => one === id).length - 1000)).toBeLessThan(150);
    }
    for (const [i, owner] of four.entries()) if (owner !== 'd') expect(three[i]).toBe(owner);
  });
});

describe('a cluster map', () => {
  test('is the same after it was written and read, and its digests are whole numbers of 64 bits', () => {
    const smap = [...ids].reduce(
      (map, id) => joined(map, node(id)),
      firstSmap('uuid', node('p1', 'proxy'), 'then'),
    );
    const text = smapText(smap);
    expect(parseSmap(text)).toEqual(smap);
    expect(text).toMatch(/"id_digest":\d{17,20}[,}]/);
  });

  test('has a higher version after every change', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const model = new Model();
        for (const step of all) {
          const before = model.smap;
          model.step(step);
          if (model.smap !== before) expect(model.smap.version).toBeGreaterThan(before.version);
        }
      }),
    );
  });
});
