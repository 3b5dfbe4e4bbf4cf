import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { thisProcess } from '@rackwright/testbed';
import { orphanedContainers } from './docker-engine.ts';

test('of the containers with our label those whose process is gone are taken for left over', () => {
  const { pid } = spawnSync('true');
  const gone = { ...thisProcess(), pid };
  const list = [
    `a1 ${JSON.stringify(gone)}`,
    `b2 ${JSON.stringify(thisProcess())}`,
    `c3 ${JSON.stringify({ ...gone, host: 'elsewhere' })}`,
    'd4 4711',
    '',
  ];
  expect(orphanedContainers(list.join('\n'))).toEqual(['a1']);
});
