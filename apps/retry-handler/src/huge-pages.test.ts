import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { HostFiles, HostRoot } from '@rackwright/host';
import { hugePagesForbidden } from './huge-pages.ts';

const v2 = '/sys/fs/cgroup/hugetlb.2MB.max';
const v1 = '/sys/fs/cgroup/hugetlb/hugetlb.2MB.limit_in_bytes';
const pages = '/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rw-huge-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function asked(file: string | undefined, limit: string, free: string | undefined): string | undefined {
  const write = (side: string, path: string, text: string): void => {
    mkdirSync(dirname(join(folder, side, path)), { recursive: true });
    writeFileSync(join(folder, side, path), text);
  };
  if (file !== undefined) write('own', file, `${limit}\n`);
  if (free !== undefined) write('host', pages, `${free}\n`);
  const [own, host] = ['own', 'host'].map((side) => new HostFiles(new HostRoot(join(folder, side))));
  return own && host && hugePagesForbidden(own, host);
}

test.each([v2, v1])('a limit of 0 on a node with free pages is said, with what to do: %s', (file) => {
  expect(asked(file, '0', '512')).toMatch(/^the node has 512 free huge pages .* add hugepages-2Mi/);
});

test('reservations are forbidden as well, so that cxi_rh does without: there is nothing to say', () => {
  const rsvd = join(folder, 'own', v2.replace('2MB', '2MB.rsvd'));
  mkdirSync(dirname(rsvd), { recursive: true });
  writeFileSync(rsvd, '0\n');
  expect(asked(v2, '0', '512')).toBeUndefined();
});

test.each([
  [v2, 'max', '512'],
  [v2, '67108864', '512'],
  [v1, '9223372036854771712', '512'],
  [v2, '0', '0'],
  [v2, '0', undefined],
  [undefined, '', '512'],
])('there is nothing to say: %s with %s, %s free', (file, limit, free) => {
  expect(asked(file, limit, free)).toBeUndefined();
});
