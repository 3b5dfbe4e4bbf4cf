import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Latest, systemClock } from '@rackwright/core';
import { PodResourcesClient } from './pod-resources.ts';
import { PlainPodResources, socketFolder } from './testing/index.ts';

test('every device held by a pod is told with its pod and container', async () => {
  using folder = socketFolder();
  const socket = join(folder.path, 'kubelet.sock');
  await using kubelet = await PlainPodResources.start(socket);
  kubelet.held = [
    { pod: 'mpi-0', resource: 'hpe.com/cxi', ids: ['cxi0', 'cxi1'] },
    { pod: 'mpi-1', resource: 'beta.hpe.com/cxi', ids: ['cxi2'] },
  ];
  const client = new PodResourcesClient({ socket, clock: systemClock });
  const common = { namespace: 'default', container: 'main' };
  expect(await client.list()).toEqual([
    { ...common, pod: 'mpi-0', resource: 'hpe.com/cxi', id: 'cxi0' },
    { ...common, pod: 'mpi-0', resource: 'hpe.com/cxi', id: 'cxi1' },
    { ...common, pod: 'mpi-1', resource: 'beta.hpe.com/cxi', id: 'cxi2' },
  ]);
});

test('a kubelet that comes back is reached by the very next call', async () => {
  using folder = socketFolder();
  const socket = join(folder.path, 'kubelet.sock');
  const client = new PodResourcesClient({ socket, clock: systemClock });
  await expect(client.list()).rejects.toMatchObject({ code: 'Unavailable' });
  await using _kubelet = await PlainPodResources.start(socket);
  expect(await client.list()).toEqual([]);
});

test('a socket that never answers is given up after the time limit, and the connection with it', async () => {
  using folder = socketFolder();
  const socket = join(folder.path, 'kubelet.sock');
  const open = new Latest(0);
  const server = createServer((connection) => {
    open.set(open.value + 1);
    connection.resume().on('close', () => open.set(open.value - 1));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const client = new PodResourcesClient({ socket, clock: systemClock, timeoutMs: 100 });
  await expect(client.list()).rejects.toMatchObject({
    code: 'DeadlineExceeded',
    message: 'listing pod resources took longer than 100 ms',
  });
  await open.until((connections) => connections === 0);
  server.close();
});

test.each([
  ['hangs up', (connection: Socket) => connection.destroy()],
  ['speaks something else', (connection: Socket) => connection.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
])('a peer that %s is Unavailable', async (_what, rude) => {
  using folder = socketFolder();
  const socket = join(folder.path, 'kubelet.sock');
  const server = createServer((connection) => rude(connection.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const client = new PodResourcesClient({ socket, clock: systemClock });
  await expect(client.list()).rejects.toMatchObject({ code: 'Unavailable' });
  server.close();
});
