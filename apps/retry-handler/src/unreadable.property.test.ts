import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ManualClock } from '@rackwright/core';
import { CxiScanner } from '@rackwright/hardware-cxi';
import { HostFiles } from '@rackwright/host';
import { FailingFiles, randomFailures, SimulatedHost } from '@rackwright/simulator';
import fc from 'fast-check';
import type { HandlerRecord } from './model.ts';
import { type Action, plan } from './plan.ts';

let folder: string;
let host: SimulatedHost;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rw-unreadable-'));
  const nics = [{ generation: 1, vfs: 1 } as const, { generation: 2 } as const];
  host = await SimulatedHost.create(folder, { nics, cxiRh: false, libraries: false }, new ManualClock());
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A supervisor's view of the host through errors that `fails` makes. */
class View {
  fails: (path: string) => string | undefined = () => undefined;
  readonly scanner: CxiScanner;

  constructor() {
    const files = new FailingFiles(new HostFiles(host.root), (path) => this.fails(path));
    this.scanner = new CxiScanner({ files, clock: new ManualClock() });
  }

  /** What would be done about handlers that run. */
  plan(): Action[] {
    const devices = this.scanner.rescan();
    if (!this.scanner.scanned.value) return [];
    return plan({
      devices,
      unidentified: this.scanner.unidentified.value,
      records: running(),
      policy: { onCrash: 'markUnhealthy', maxRestarts: 10 },
      now: 1_000_000,
    });
  }
}

function running(): HandlerRecord[] {
  const at = { mono: 0, wall: 0 };
  const phase = { kind: 'running', process: { pid: 7 }, eq: 5 } as const;
  const rest = { since: at, startedAt: at, restarts: 0, failures: 0, rebootRequired: false };
  return ['cxi0', 'cxi1'].map((device) => ({ device, phase, ...rest }));
}

const look = fc.record({ seed: fc.nat(), often: fc.constantFrom(0, 1, 3, 7, 10) });

test('no error of the host, whenever it comes and whatever it hits, stops a handler', () => {
  fc.assert(
    fc.property(fc.array(look, { minLength: 1, maxLength: 8 }), (looks) => {
      const view = new View();
      for (const { seed, often } of looks) {
        view.fails = randomFailures(seed, often);
        expect(view.plan()).toEqual([]);
      }
    }),
    { numRuns: 150 },
  );
});

test('a NIC that is pulled out loses its handler as soon as that can be seen, whatever else cannot', async () => {
  const view = new View();
  view.plan();
  await host.hardware.cxi.unplug('cxi1');
  view.fails = (path) => (path.includes('0000:21') ? 'EIO' : undefined);
  expect(view.plan()).toEqual([{ type: 'stop', device: 'cxi1' }]);
});
