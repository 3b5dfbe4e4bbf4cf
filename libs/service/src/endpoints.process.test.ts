import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';

let child: ChildProcess;
let port: number;
let sockets: Socket[];

beforeEach(async () => {
  sockets = [];
  const script = fileURLToPath(new URL('./testdata/endpoints-app.ts', import.meta.url));
  child = spawn(process.execPath, ['--conditions=@rackwright/source', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface(child.stdout as NodeJS.ReadableStream), 'line');
  port = Number(line);
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  child.kill('SIGKILL');
  await once(child, 'close');
});

/** A client that sends `bytes` and never reads. */
function client(bytes: string): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.pause();
  socket.on('error', () => undefined);
  if (bytes !== '') socket.write(bytes);
  sockets.push(socket);
  return socket;
}

function clients(count: number, bytes: string): void {
  for (let i = 0; i < count; i++) client(bytes);
}

/** The kubelet's timeout in our manifests. */
const probeTimeoutMs = 5000;
const agent = new Agent({ keepAlive: false });

/** Asks as the kubelet does: on a connection of its own. Resolves with the status, or what went wrong. */
async function ask(path: string, timeoutMs = probeTimeoutMs): Promise<number | string> {
  const request = get({ port, host: '127.0.0.1', path, agent, signal: AbortSignal.timeout(timeoutMs) });
  try {
    const [response] = await once(request, 'response');
    await text(response);
    return response.statusCode;
  } catch (error) {
    return String(error);
  }
}

/** Probes that are sent every 100 ms, whether or not the ones before were answered. */
async function probes(count: number): Promise<(number | string)[]> {
  const answers: Promise<number | string>[] = [];
  for (let i = 0; i < count; i++) {
    answers.push(ask(i % 2 === 0 ? '/healthz' : '/readyz'));
    await systemClock.sleep(100);
  }
  return await Promise.all(answers);
}

const request = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
const allGood = (count: number): number[] => Array.from({ length: count }, () => 200);

function residentMiB(): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

describe('probes are answered, memory stays bounded, with', () => {
  test.each<[string, number, string]>([
    ['200 clients that keep their connections and idle', 200, request('/healthz')],
    ['200 clients that sent half a request', 200, 'GET /metrics HTTP/1.1\r\nHost: x\r\n'],
    ['200 clients that connected and say nothing', 200, ''],
    ['200 clients that do not read 4 MiB each', 200, request('/big')],
    ['200 clients that wait for an answer that never comes', 200, request('/slow')],
    ['200 clients that each send a hundred requests at once', 200, request('/metrics').repeat(100)],
    ['2,000 connections that idle', 2000, request('/healthz')],
    ['2,000 connections that say nothing', 2000, ''],
    ['2,000 connections that wait for an answer that never comes', 2000, request('/slow')],
    ['2,000 connections that do not read their scrape', 2000, request('/metrics')],
  ])(
    '%s',
    async (_, count, bytes) => {
      expect(await ask('/healthz')).toBe(200);
      const before = residentMiB();
      clients(count, bytes);
      const answers = await probes(20);
      const after = residentMiB();
      process.stderr.write(`${_}: resident ${before.toFixed(0)} MiB before, ${after.toFixed(0)} MiB after\n`);
      expect(answers).toEqual(allGood(20));
      expect(after - before).toBeLessThan(150);
    },
    60_000,
  );

  test('clients of every kind that come again whenever they are sent away', async () => {
    const kinds = [request('/healthz'), 'GET /', '', request('/big'), request('/slow'), request('/metrics')];
    const again = (bytes: string): void => {
      const socket = client(bytes);
      socket.once('close', () => {
        sockets.splice(sockets.indexOf(socket), 1);
        if (!over) setImmediate(again, bytes);
      });
    };
    let over = false;
    for (let i = 0; i < 300; i++) again(kinds[i % kinds.length] ?? '');
    const answers = await probes(30);
    over = true;
    expect(answers).toEqual(allGood(30));
  }, 60_000);
});

test('200 scrapes at once are all answered, from a few collections', async () => {
  const answers = await Promise.all(Array.from({ length: 200 }, () => ask('/metrics', 30_000)));
  expect(answers).toEqual(allGood(200));
  const body = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  expect(Number(/^collections (\d+)/.exec(body)?.[1])).toBeLessThan(10);
});
