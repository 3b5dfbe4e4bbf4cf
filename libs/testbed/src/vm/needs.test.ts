import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { whyNoVirtualMachine } from './needs.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rwk-needs-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('what is missing is named with the packages that bring it', async () => {
  const needs = [
    { program: 'surely-missing', debian: 'some-package' },
    { program: 'another-missing', debian: 'some-package' },
  ];
  const why = await whyNoVirtualMachine({ PATH: folder }, needs);
  expect(why).toContain('surely-missing, another-missing; on Debian: apt-get install');
  expect(why).toMatch(/ some-package$/);
});

test('what is on PATH is not missed', async () => {
  symlinkSync(process.execPath, join(folder, 'qemu-system-x86_64'));
  symlinkSync(process.execPath, join(folder, 'a-tool'));
  const why = await whyNoVirtualMachine({ PATH: folder }, [{ program: 'a-tool', debian: 'a-package' }]);
  expect(why ?? '').not.toMatch(/qemu|a-tool/);
});
