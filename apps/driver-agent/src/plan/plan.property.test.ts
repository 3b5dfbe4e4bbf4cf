import { expect, test } from '@jest/globals';
import { HwError } from '@rackwright/core';
import {
  entriesByDevice,
  evaluateHealth,
  nothingObserved,
  type SeenRetryHandlers,
} from '@rackwright/hardware-cxi';
import fc from 'fast-check';
import type { DriverState } from '../driver/verify.ts';
import type { DeviceView, PublicationPolicy } from '../model.ts';
import { anyDevices, anyHandler } from '../testing/devices.ts';
import { ModelServer } from '../testing/model-server.ts';
import { type Action, formatActions } from './action.ts';
import { deviceStatus } from './device-status.ts';
import { needsReboot, nodeLabels } from './node-plan.ts';
import { type PublicationInput, planPublication } from './plan.ts';
import { staleFields, statusMatches } from './status-differences.ts';

const node = 'n1';
const names = ['cxi0', 'cxi1', 'cxi2', 'cxi10'];
const policy: PublicationPolicy = { switchIdMask: 0xfffc0, heartbeatMs: 300_000 };

type Meddling = (server: ModelServer) => void;
type World = Omit<PublicationInput, 'node' | 'observed' | 'policy' | 'now'>;

const meddling = fc.constantFrom<Meddling>(
  (server) => server.setLabel('slingshot.hpe.com/cxi10-switch-id', '99'),
  (server) => server.setLabel('slingshot.hpe.com/device-count', '99'),
  (server) => server.setLabel('example.com/rack', 'r2'),
  (server) => server.removeLabel('slingshot.hpe.com/cxi-present'),
  (server) => server.remove('n1-cxi0'),
  (server) => server.addLeftover('n1-cxi77'),
  (server) =>
    server.writeStatus('n1-cxi1', { nid: 4_294_967_295, retryHandler: { policy: 'x', state: 'Y' } }),
  (server) => server.writeStatus('n1-cxi0', { health: { status: 'Healthy', message: 'all well' } }),
);

const driver = fc.constantFrom<DriverState>(
  { ready: true, reason: 'DriverReady', message: 'ready' },
  { ready: false, reason: 'ModuleMissing', message: 'not loaded' },
);

const world: fc.Arbitrary<World> = fc
  .tuple(
    anyDevices(names),
    fc.tuple(...names.map(anyHandler)),
    fc.constantFrom<SeenRetryHandlers['kind']>('state', 'absent', 'unreadable'),
    driver,
  )
  .map(([devices, entries, kind, state]) => {
    const handlers = entries.filter(({ device }) => devices.some(({ name }) => name === device));
    const seen: SeenRetryHandlers = {
      absent: { kind: 'absent' } as const,
      unreadable: { kind: 'unreadable', error: new HwError('InvalidArgument', 'not JSON') } as const,
      state: { kind: 'state', state: { version: 1, updatedAt: '', onCrash: 'restart', handlers } } as const,
    }[kind];
    const observations = { ...nothingObserved, retryHandlers: entriesByDevice(seen) };
    const views = devices.map((device): DeviceView => {
      const retryHandler =
        kind === 'state' ? handlers.find((entry) => entry.device === device.name) : undefined;
      const own = retryHandler === undefined ? {} : { retryHandler };
      return { device, health: evaluateHealth(device, observations), ...own };
    });
    return { devices: views, driver: state, retryHandlers: seen };
  });

/** Plans and executes until there is nothing to do; the plans that were carried out. */
function settle(server: ModelServer, input: World, now: number, how = policy): Action[][] {
  const plans: Action[][] = [];
  for (;;) {
    const actions = planPublication({ ...input, node, observed: server.observed(), policy: how, now });
    if (actions.length === 0) return plans;
    plans.push(actions);
    if (plans.length > 3) throw new Error(`does not settle:\n${plans.map(formatActions).join('---\n')}`);
    for (const action of actions) server.execute(action);
  }
}

const steps = fc.array(fc.tuple(world, fc.array(meddling, { maxLength: 3 })), { minLength: 1, maxLength: 5 });

test('whatever happens on the host and whoever meddles, two rounds make the API server say what is so', () => {
  fc.assert(
    fc.property(steps, (history) => {
      const server = new ModelServer(node, { 'example.com/rack': 'r1' });
      let now = Date.UTC(2026, 0, 1);
      for (const [input, meddlings] of history) {
        for (const meddle of meddlings) meddle(server);
        now += 1000;
        expect(settle(server, input, now).length).toBeLessThanOrEqual(2);
        const { devices } = server.observed();
        expect([...devices.keys()].sort()).toEqual(
          input.devices.map(({ device }) => `n1-${device.name}`).sort(),
        );
        for (const view of input.devices) {
          const { metadata, status } = devices.get(`n1-${view.device.name}`) ?? {};
          const facts = deviceStatus(view, node, policy.switchIdMask);
          expect(metadata?.ownerReferences).toMatchObject([{ kind: 'Node', name: node, uid: server.uid }]);
          expect(status).toMatchObject({ ...facts, conditions: facts.conditions });
          expect(status && staleFields(status, facts)).toBeUndefined();
        }
        const wanted = nodeLabels(
          input.devices.map(({ device }) => device),
          policy.switchIdMask,
          needsReboot(input.retryHandlers, server.observed().node),
        );
        const { 'example.com/rack': rack, ...own } = server.labels;
        expect(own).toEqual(wanted);
        expect(rack).toMatch(/^r[12]$/);
      }
    }),
    { numRuns: 500 },
  );
});

test('a NIC that is gone is kept as missing for its time, then forgotten; what is there is right all along', () => {
  const keeping = { ...policy, forgetAfterMs: 600_000 };
  fc.assert(
    fc.property(world, world, (before, after) => {
      const server = new ModelServer(node);
      settle(server, before, 0, keeping);
      settle(server, after, 1000, keeping);
      const there = after.devices.map(({ device }) => `n1-${device.name}`);
      for (const [name, { status }] of server.observed().devices) {
        expect(there.includes(name)).toBe(status?.health?.reason !== 'DeviceMissing');
      }
      expect([...server.observed().devices.keys()]).toEqual(expect.arrayContaining(there));
      settle(server, after, 602_000, keeping);
      expect([...server.observed().devices.keys()].sort()).toEqual(there.sort());
    }),
  );
});

test('the same state later on is worth no write, until a heartbeat is due', () => {
  fc.assert(
    fc.property(world, fc.nat(0.8 * 300_000 - 1000), (input, later) => {
      const server = new ModelServer(node);
      const now = Date.UTC(2026, 0, 1);
      settle(server, input, now);
      const plan = (at: number): Action[] =>
        planPublication({ ...input, node, observed: server.observed(), policy, now: at });
      expect(plan(now + later)).toEqual([]);
      const due = plan(now + 1.2 * 300_000 + 1000);
      expect(due.map(({ kind }) => kind)).toEqual(input.devices.map(() => 'applyStatus'));
      expect(due.flatMap(({ events }) => events)).toEqual([]);
    }),
  );
});

test('only what changed is written: one device, one status', () => {
  fc.assert(
    fc.property(world, fc.nat(), (input, pick) => {
      const up = input.devices.filter(
        ({ device, health }) => device.linkState === 'up' && health.status === 'Healthy',
      );
      fc.pre(up.length > 0);
      const changed = up[pick % up.length];
      const server = new ModelServer(node);
      settle(server, input, 0);
      const devices = input.devices.map((view): DeviceView => {
        if (view !== changed) return view;
        const device = { ...view.device, linkState: 'down' as const };
        return {
          ...view,
          device,
          health: { status: 'Unhealthy', reason: 'LinkDown', message: 'the link is down' },
        };
      });
      const actions = planPublication({
        ...input,
        devices,
        node,
        observed: server.observed(),
        policy,
        now: 1000,
      });
      expect(formatActions(actions)).toBe(`applyStatus n1-${changed?.device.name}\n`);
      expect(actions[0]?.events.map(({ reason }) => reason)).toContain('DeviceUnhealthy');
    }),
  );
});

test('a status that matches the facts matches them in any order of its conditions and beside others', () => {
  fc.assert(
    fc.property(anyDevices(['cxi0']), fc.boolean(), (devices, reverse) => {
      for (const device of devices) {
        const health = evaluateHealth(device, { ...nothingObserved, requireRetryHandler: true });
        const facts = deviceStatus({ device, health }, node, 0xfffc0);
        const other = {
          type: 'Other',
          status: 'True',
          reason: 'X',
          message: '',
          lastTransitionTime: '',
        } as const;
        const conditions = facts.conditions.map((fact) => ({ ...fact, lastTransitionTime: '' }));
        const stored = { ...facts, conditions: [other, ...(reverse ? conditions.reverse() : conditions)] };
        expect([statusMatches(stored, facts), staleFields(stored, facts)]).toEqual([true, undefined]);
      }
    }),
  );
});
