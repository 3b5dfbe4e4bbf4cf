import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { HostRoot } from '@rackwright/host';
import { StatsReader } from './stats.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rw-stats-'));
  mkdirSync(join(folder, 'run/cxi/cxi0'), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const reader = (): StatsReader => new StatsReader({ root: new HostRoot(folder), clock: systemClock });

test('numbers are read, anything else is left out', async () => {
  const files = {
    nacks: '12\n',
    spt_timeouts: '-3\n',
    sct_timeouts: '',
    tct_timeouts: 'NaN\n',
    unknown: '1\n',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, 'run/cxi/cxi0', name), text);
  mkdirSync(join(folder, 'run/cxi/cxi0/parked_nids'));
  expect(await reader().read('cxi0')).toEqual({ nacks: 12, spt_timeouts: -3 });
});

test('a NIC without statistics has none', async () => {
  writeFileSync(join(folder, 'run/cxi/cxi0/nacks'), '1\n');
  expect(await reader().readAll(['cxi0', 'cxi1'])).toEqual(new Map([['cxi0', { nacks: 1 }]]));
});
