import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { HostRoot } from '@rackwright/host';
import { temporaryFolder } from '../process/temporary-folder.ts';
import { onlineProcessors, writeNumaTree } from './numa-tree.ts';

test('a node says that it has processors enough for pods that ask for whole ones, each of them one that the machine has', async () => {
  await using folder = await temporaryFolder('rwnuma-');
  await writeNumaTree(folder.path, 4);
  const root = new HostRoot();
  const nodes = [0, 1, 2, 3].map((node) => join(folder.path, `node${node}`));
  const links = nodes.flatMap((node) =>
    readdirSync(node)
      .filter((name) => /^cpu\d+$/.test(name))
      .map((name) => ({ name, target: readlinkSync(join(node, name)) })),
  );
  expect(new Set(links.map(({ name }) => name)).size).toBe(links.length);
  expect(links.length).toBeGreaterThanOrEqual(16);
  for (const { target } of links) {
    expect(existsSync(root.path(root.sys('devices', 'system', 'cpu', basename(target))))).toBe(true);
  }
  const read = (path: string): string => readFileSync(join(folder.path, path), 'utf8');
  expect(read(onlineProcessors)).toBe(`0-${links.length - 1}\n`);
  expect(read('online')).toBe('0-3\n');
});
