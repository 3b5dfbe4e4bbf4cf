import { expect, test } from '@jest/globals';
import { MemoryFiles } from '../../host/src/testing/memory-files.ts';
import { folder, putText } from '../../host/src/testing/tree.ts';
import { loadedModules } from './modules.ts';

test('modules are told by name, whichever dash they are written with', () => {
  const host = folder();
  putText(host, '/proc/modules', 'cxi_ss1 1 2 cxi_user, Live 0x0\ncxi-sbl 3 1 - Live 0x0\n\n');
  expect([...loadedModules(new MemoryFiles(host))]).toEqual(['cxi_ss1', 'cxi_sbl']);
});

test('a kernel without modules has none loaded', () => {
  expect(loadedModules(new MemoryFiles(folder())).size).toBe(0);
});
