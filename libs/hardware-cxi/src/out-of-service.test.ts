import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { silentLogger } from '@rackwright/core';
import { HostFiles, HostRoot } from '@rackwright/host';
import fc from 'fast-check';
import {
  formatOutOfService,
  isOutOfService,
  OutOfServiceReader,
  outOfServicePath,
  parseOutOfService,
} from './out-of-service.ts';

const state = (...devices: string[]) => ({ version: 1, updatedAt: '2026-01-01T00:00:00Z', devices }) as const;

let folder: string;
let said: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'out-of-service-'));
  said = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function reader(): { read: () => string[]; write: (text: string) => void; path: string } {
  const root = new HostRoot(folder);
  const path = root.path(outOfServicePath);
  mkdirSync(dirname(path), { recursive: true });
  const logger = { ...silentLogger, warn: (text: string) => void said.push(text) };
  const self = new OutOfServiceReader(new HostFiles(root), logger);
  return { read: () => [...self.read()], write: (text) => writeFileSync(path, text), path };
}

test('what is written is read again, with fields of a later version passed over', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (devices) => {
      const text = formatOutOfService(state(...devices));
      expect(parseOutOfService(text)).toEqual({ ok: true, value: state(...devices) });
      const later = JSON.stringify({ ...state(...devices), since: {} });
      expect(parseOutOfService(later)).toMatchObject({ ok: true, value: { devices } });
    }),
  );
});

test('anything else is refused without harm', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => expect(parseOutOfService(text).ok).toBe(false)),
  );
  expect(parseOutOfService('{"version":2,"devices":[]}')).toMatchObject({ error: { field: 'version' } });
  expect(parseOutOfService('{"version":1,"devices":"cxi0"}')).toMatchObject({ error: { field: 'devices' } });
});

test('without a file no NIC is out of service', () => {
  const { read, write, path } = reader();
  expect(read()).toEqual([]);
  write(formatOutOfService(state('cxi0')));
  expect(read()).toEqual(['cxi0']);
  rmSync(path);
  expect(read()).toEqual([]);
});

test('a file that makes no sense leaves the NICs as they were, and is complained of once', () => {
  const { read, write } = reader();
  write(formatOutOfService(state('cxi0')));
  read();
  write('{"version":1,"dev');
  expect([read(), read()]).toEqual([['cxi0'], ['cxi0']]);
  expect(said).toEqual(['cannot use the list of NICs out of service']);
  write(formatOutOfService(state()));
  expect(read()).toEqual([]);
});

test('virtual functions go with their physical one', () => {
  const names = new Set(['cxi0', 'cxi5']);
  const devices = [
    { name: 'cxi0' },
    { name: 'cxi1' },
    { name: 'cxi4', parent: 'cxi0' },
    { name: 'cxi5', parent: 'cxi1' },
  ];
  expect(devices.map((device) => isOutOfService(device, names))).toEqual([true, false, true, true]);
});
