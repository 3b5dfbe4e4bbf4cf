import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { Lifetime } from '@rackwright/core';
import { offer } from './readme-example.test-data.ts';
import { PlainKubelet, socketFolder } from './testing/index.ts';

const text = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

test('the example in the README is the one that is compiled', () => {
  const [, example] = /```ts\n([\s\S]*?)```/.exec(text('../README.md')) ?? [];
  expect(example).toBe(text('./readme-example.test-data.ts'));
});

test('the example does what the README says', async () => {
  using folder = socketFolder();
  await using kubelet = await PlainKubelet.start(folder.path);
  await using lifetime = new Lifetime();
  lifetime.spawn('example', (signal) => offer(folder.path, signal));
  expect((await kubelet.devices('example.com/nic')).map(({ ID }) => ID)).toEqual(['nic0']);
  const { containerResponses } = await kubelet.allocate('example.com/nic', ['nic0']);
  expect(containerResponses[0]?.envs).toEqual({ NICS: 'nic0' });
});
