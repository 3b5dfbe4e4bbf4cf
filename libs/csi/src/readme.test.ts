import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Lifetime, systemClock } from '@rackwright/core';
import { socketFolder } from '@rackwright/grpc/testing';
import { waitUntil } from '@rackwright/testbed';
import { CsiClient } from './client.ts';
import { IdentityService } from './gen/csi/v1/csi.ts';
import { serve } from './readme-example.test-data.ts';

const text = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

test('the example in the README is the one that is compiled, and serves', async () => {
  const [, example] = /```ts\n([\s\S]*?)```/.exec(text('../README.md')) ?? [];
  expect(example).toBe(text('./readme-example.test-data.ts'));
  using folder = socketFolder();
  const endpoint = `unix://${join(folder.path, 'csi.sock')}`;
  await using lifetime = new Lifetime();
  lifetime.spawn('example', (signal) => serve(endpoint, signal));
  const client = new CsiClient({ endpoint, clock: systemClock });
  const ask = () => client.call(IdentityService.getPluginInfo, {});
  const info = await waitUntil('the example', ask, { clock: systemClock });
  expect(info.name).toBe('example.com');
});
