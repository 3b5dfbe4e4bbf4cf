import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Latest, ManualClock, silentLogger } from '@rackwright/core';
import { CxiScanner } from '@rackwright/hardware-cxi';
import { HostFiles, UnreadableError } from '@rackwright/host';
import {
  CdiFile,
  CdiFileFollower,
  CdiFilePublisher,
  offeredDevices,
  type ResourcePlan,
} from '@rackwright/kubelet';
import { FailingFiles, randomFailures, SimulatedHost } from '@rackwright/simulator';
import fc from 'fast-check';
import { hostCdiSpec } from './host-cdi.ts';
import { Inventory } from './inventory.ts';
import { type Nic, noun } from './model.ts';

let folder: string;
let host: SimulatedHost;
let fails: (path: string) => string | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rw-plugin-'));
  const nics = [{ generation: 1 } as const, { generation: 2 } as const];
  host = await SimulatedHost.create(join(folder, 'host'), { nics }, new ManualClock());
  fails = () => undefined;
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const plan: ResourcePlan = { resource: 'hpe.com/cxi', kind: 'pf', sharing: { mode: 'exclusive' } };
function inventoryOf(): { scanner: CxiScanner; inventory: Inventory; files: FailingFiles } {
  const files = new FailingFiles(new HostFiles(host.root), (path) => fails(path));
  const clock = new ManualClock();
  const scanner = new CxiScanner({ files, clock });
  const rest = { requireRetryHandler: false, debounceMs: 0, clock, logger: silentLogger };
  return { scanner, files, inventory: new Inventory({ scanner, files, ...rest }) };
}

test('no error of the host withdraws a NIC that was offered', () => {
  const look = fc.record({ seed: fc.nat(), often: fc.constantFrom(1, 3, 10) });
  fc.assert(
    fc.property(fc.array(look, { minLength: 1, maxLength: 6 }), (looks) => {
      fails = () => undefined;
      const { scanner, inventory } = inventoryOf();
      scanner.rescan();
      inventory.refresh();
      for (const { seed, often } of looks) {
        fails = randomFailures(seed, often);
        scanner.rescan();
        inventory.refresh();
        const offered = offeredDevices({ plan, plans: [plan], noun }, inventory.nics.value, {
          assignments: new Map(),
        });
        expect(offered.map(({ ids, healthy }) => [ids, healthy])).toEqual([
          [['cxi0'], true],
          [['cxi1'], true],
        ]);
      }
    }),
    { numRuns: 100 },
  );
});

test('libraries that cannot be looked for leave the CDI file and what is offered by it as they were', async () => {
  const { scanner, inventory, files } = inventoryOf();
  scanner.rescan();
  inventory.refresh();
  const path = join(folder, 'cdi/hpe.com-cxi.yaml');
  const roots = { ofiRoot: '/opt/cray/lib64', cxiRoot: '/usr/lib64', nodeRoot: '/', ldcacheHook: '' };
  const publisher = new CdiFilePublisher({
    kind: 'hpe.com/cxi',
    file: new CdiFile(path),
    build: (env) => hostCdiSpec(inventory.nics.value, env, { files, ...roots }),
    changes: inventory.nics,
    clock: new ManualClock(),
    logger: silentLogger,
    onUpdate: () => undefined,
  });
  await publisher.update();
  const [text, published] = [readFileSync(path, 'utf8'), publisher.published.value];
  fails = (read) => (read === '/opt/cray/lib64' ? 'EMFILE' : undefined);
  await publisher.update();
  expect([readFileSync(path, 'utf8'), publisher.published.value]).toEqual([text, published]);
  expect(publisher.failure.value).toBe('/opt/cray/lib64 cannot be read: EMFILE');
  fails = () => undefined;
  await publisher.update();
  expect(publisher.failure.value).toBeUndefined();
});

test('a CDI specification that cannot be read for a while holds meanwhile', async () => {
  const { inventory, scanner } = inventoryOf();
  scanner.rescan();
  inventory.refresh();
  const text =
    'cdiVersion: 0.5.0\nkind: hpe.com/cxi\ndevices:\n- name: "0"\n  containerEdits:\n    env: [A=1]\n';
  let error: UnreadableError | undefined;
  const file = Object.assign(new CdiFile(join(folder, 'none')), {
    read: () => (error === undefined ? Promise.resolve(text) : Promise.reject(error)),
  });
  const follower = new CdiFileFollower({
    file,
    build: () => undefined,
    changes: new Latest<readonly Nic[]>([]),
    clock: new ManualClock(),
    logger: silentLogger,
  });
  await follower.update();
  const before = follower.published.value;
  expect(before?.devices).toHaveLength(1);
  error = new UnreadableError('/etc/cdi/x.yaml', Object.assign(new Error('x'), { code: 'EMFILE' }));
  await follower.update();
  expect([follower.published.value, follower.failure.value]).toEqual([
    before,
    '/etc/cdi/x.yaml cannot be read: EMFILE',
  ]);
  error = undefined;
  await follower.update();
  expect([follower.published.value, follower.failure.value]).toEqual([before, undefined]);
});
