import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ManualClock, silentLogger } from '@rackwright/core';
import { CxiScanner, evaluateNode, nothingObserved } from '@rackwright/hardware-cxi';
import { HostFiles } from '@rackwright/host';
import { FailingFiles, randomFailures, SimulatedHost } from '@rackwright/simulator';
import fc from 'fast-check';
import { DriverCheck } from '../driver/driver-check.ts';
import { ModelServer } from '../testing/model-server.ts';
import { deviceViews } from '../views.ts';
import { planPublication } from './plan.ts';

let folder: string;
let host: SimulatedHost;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rw-agent-'));
  const nics = [{ generation: 1, vfs: 1 } as const, { generation: 2 } as const];
  host = await SimulatedHost.create(folder, { nics, cxiRh: false, libraries: false }, new ManualClock());
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const policy = {
  switchIdMask: 0xfffc0,
  heartbeatMs: 300_000,
  forgetAfterMs: 600_000,
};
/** The agent's view of the host, newly started, through errors that `fails` makes. */
class Agent {
  fails: (path: string) => string | undefined = () => undefined;
  readonly #scanner: CxiScanner;
  readonly #check: DriverCheck;

  constructor() {
    const files = new FailingFiles(new HostFiles(host.root), (path) => this.fails(path));
    const rest = { files, clock: new ManualClock(), logger: silentLogger };
    this.#scanner = new CxiScanner(rest);
    this.#check = new DriverCheck({
      ...rest,
      source: 'preinstalled',
      scanner: this.#scanner,
      intervalMs: 1000,
    });
  }

  publish(server: ModelServer, now: number): void {
    this.#scanner.rescan();
    if (!this.#scanner.scanned.value) return;
    const retryHandlers = { kind: 'absent' } as const;
    const devices = this.#scanner.devices.value;
    const { verdicts } = evaluateNode({ ...nothingObserved, devices, debounceMs: 0, now }, new Map());
    const snapshot = { verdicts, retryHandlers, stats: new Map() };
    const unidentified = this.#scanner.unidentified.value;
    const driver = this.#check.verify();
    for (let round = 0; round < 3; round++) {
      const actions = planPublication({
        ...{
          node: 'n1',
          devices: deviceViews(snapshot),
          unidentified,
          driver,
          retryHandlers,
          observed: server.observed(),
          now,
          policy,
        },
      });
      for (const action of actions) server.execute(action);
    }
  }
}

const health = (server: ModelServer): unknown =>
  [...server.observed().devices].map(([name, { status }]) => [name, status?.health?.status]);

test('no error of the host deletes a CXIDevice, calls it missing, or changes the labels of the node', () => {
  const look = fc.record({ seed: fc.nat(), often: fc.constantFrom(1, 3, 10), restarted: fc.boolean() });
  fc.assert(
    fc.property(fc.array(look, { minLength: 1, maxLength: 6 }), (looks) => {
      const server = new ModelServer('n1');
      let agent = new Agent();
      agent.publish(server, 0);
      const before = [server.labels, health(server)];
      expect(server.observed().devices.size).toBe(3);
      looks.forEach(({ seed, often, restarted }, i) => {
        if (restarted) agent = new Agent();
        agent.fails = randomFailures(seed, often);
        agent.publish(server, (i + 1) * 700_000);
        // A restarted agent may not know the link; it never takes a device or a label away.
        const names = [...server.observed().devices.values()].map(({ status }) => status?.health?.reason);
        expect(names).toHaveLength(3);
        expect(names).not.toContain('DeviceMissing');
        expect(server.labels['slingshot.hpe.com/device-count']).toBe('3');
        if (!looks.some((one) => one.restarted)) expect([server.labels, health(server)]).toEqual(before);
      });
      agent.fails = () => undefined;
      agent.publish(server, 10_000_000);
      expect([server.labels, health(server)]).toEqual(before);
    }),
    { numRuns: 100 },
  );
});

test('a driver that cannot be verified now is as it was found last', () => {
  const server = new ModelServer('n1');
  const agent = new Agent();
  agent.publish(server, 0);
  expect(server.observed().announced?.ready).toBe(true);
  agent.fails = (path) => (path === '/proc/modules' ? 'EMFILE' : undefined);
  agent.publish(server, 1000);
  expect(server.observed().announced).toMatchObject({ ready: true, reason: 'DriverReady' });
});
