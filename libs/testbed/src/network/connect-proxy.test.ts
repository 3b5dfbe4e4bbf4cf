import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttpServer, type Server as HttpServer, request } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { HwError, Lifetime, ManualClock, silentLogger, systemClock } from '@rackwright/core';
import { temporaryFolder } from '../process/temporary-folder.ts';
import { waitUntil } from '../wait-until.ts';
import { ConnectProxy, type Locate } from './connect-proxy.ts';

let lifetime = new Lifetime();

afterEach(async () => {
  await lifetime[Symbol.asyncDispose]();
  lifetime = new Lifetime();
});

async function listening<T extends Server | HttpServer>(server: T): Promise<number> {
  server.listen(0, '127.0.0.1');
  lifetime.defer(() => server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A server that sends back what it gets, and ends when its client does. */
function echo(): Promise<number> {
  return listening(
    createServer({ allowHalfOpen: true }, (socket) => socket.on('error', () => {}).pipe(socket)),
  );
}

async function proxyTo(locate: Locate, clock = systemClock): Promise<ConnectProxy> {
  return lifetime.use(await ConnectProxy.listen({ locate, clock, logger: silentLogger }));
}

function dial(proxy: ConnectProxy): Socket {
  const [host = '', port] = proxy.address.split(':');
  const socket = connect({ host, port: Number(port), allowHalfOpen: true });
  lifetime.defer(() => socket.destroy());
  return socket.on('error', () => undefined);
}

/** Everything that comes until the other side ends. */
async function textOf(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text;
}

async function isIdle(proxy: ConnectProxy): Promise<void> {
  await waitUntil('every connection to be closed', () => proxy.open === 0, { clock: systemClock });
}

test('CONNECT tunnels bytes both ways, each direction to its own end', async () => {
  const port = await echo();
  const asked: unknown[] = [];
  const proxy = await proxyTo((target, namespace) => {
    asked.push({ target, namespace });
    return { host: '127.0.0.1', port };
  });
  const socket = dial(proxy);
  const user = Buffer.from('team:').toString('base64');
  // The first bytes come in one packet with the request.
  socket.write(`CONNECT web.team.svc:80 HTTP/1.1\r\nProxy-Authorization: Basic ${user}\r\n\r\nhello `);
  socket.end('there');
  expect(await textOf(socket)).toBe('HTTP/1.1 200 Connection Established\r\n\r\nhello there');
  expect(asked).toEqual([{ target: { host: 'web.team.svc', port: 80 }, namespace: 'team' }]);
  await isIdle(proxy);
});

test('a request for an http URL is passed on without what was for the proxy', async () => {
  const port = await listening(
    createHttpServer((incoming, response) => {
      response.writeHead(201, {
        'x-seen': JSON.stringify([incoming.method, incoming.url, incoming.headers]),
      });
      incoming.pipe(response);
    }),
  );
  const proxy = await proxyTo(() => ({ host: '127.0.0.1', port }));
  const [host = '', proxyPort] = proxy.address.split(':');
  const headers = { 'proxy-authorization': 'Basic dDo=', 'x-mine': '1', 'content-length': 4 };
  const path = 'http://web.team/path?x=1';
  const outgoing = request({ host, port: proxyPort, method: 'PUT', path, headers, agent: false });
  outgoing.end('data');
  const [response] = await once(outgoing, 'response');
  expect(response.statusCode).toBe(201);
  let body = '';
  for await (const chunk of response) body += chunk;
  expect(body).toBe('data');
  const seen = { host: 'web.team', 'x-mine': '1', 'content-length': '4', connection: 'close' };
  expect(JSON.parse(response.headers['x-seen'])).toEqual(['PUT', '/path?x=1', seen]);
  await isIdle(proxy);
});

test('a server that ends the connection instead of answering is seen to do so', async () => {
  const port = await listening(createHttpServer((incoming) => incoming.socket.destroy()));
  const proxy = await proxyTo(() => ({ host: '127.0.0.1', port }));
  const [host = '', proxyPort] = proxy.address.split(':');
  const outgoing = request({ host, port: proxyPort, path: 'http://web.team/', agent: false });
  outgoing.end();
  const [error] = await once(outgoing, 'error').catch((reason: unknown) => [reason]);
  expect(error).toMatchObject({ code: 'ECONNRESET' });
  await isIdle(proxy);
});

test.each(['NotFound', 'Unavailable'] as const)(
  'where nothing is (%s) the answer is 502 and says what was asked',
  async (code) => {
    const proxy = await proxyTo((target) => {
      throw new HwError(code, `no such host in ${target.host}:${target.port}`);
    });
    for (const head of [
      'CONNECT nobody:80 HTTP/1.1',
      'GET http://nobody/ HTTP/1.1\r\nHost: nobody\r\nConnection: close',
    ]) {
      const socket = dial(proxy);
      socket.write(`${head}\r\n\r\n`);
      const text = await textOf(socket);
      expect(text).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n/);
      expect(text).toContain('no such host in nobody:80');
    }
    await isIdle(proxy);
  },
);

test('a dead pod is answered 502 with what was asked', async () => {
  const port = await echo();
  const dead = createServer();
  const deadPort = await listening(dead);
  dead.close();
  const proxy = await proxyTo(({ port: asked }) => ({
    host: '127.0.0.1',
    port: asked === 1 ? port : deadPort,
  }));
  const socket = dial(proxy);
  socket.write('CONNECT pod:2 HTTP/1.1\r\n\r\n');
  expect(await textOf(socket)).toMatch(/^HTTP\/1\.1 502 .*connecting to pod:2: connect ECONNREFUSED/s);
  await isIdle(proxy);
});

test.each(['CONNECT [::1]:80', 'CONNECT web', 'GET /path', 'GET ftp://web/', 'CONNECT web:99999'])(
  '%s is answered 400',
  async (line) => {
    const proxy = await proxyTo(() => ({ host: '127.0.0.1', port: 1 }));
    const socket = dial(proxy);
    socket.write(`${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(await textOf(socket)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    await isIdle(proxy);
  },
);

test('nonsense is refused, and the proxy goes on', async () => {
  const port = await echo();
  const proxy = await proxyTo(() => ({ host: '127.0.0.1', port }));
  const nonsense = dial(proxy);
  nonsense.end('\u0000\u0001\u0002nonsense\r\n\r\n');
  expect(await textOf(nonsense)).toMatch(/^HTTP\/1\.1 400 /);
  const socket = dial(proxy);
  socket.end('CONNECT a:1 HTTP/1.1\r\n\r\nfine');
  expect(await textOf(socket)).toMatch(/fine$/);
});

test('a listener that does not accept is answered 504 with what was asked', async () => {
  // A stopped process with a full queue: its kernel answers nobody any more.
  const script =
    'require("node:net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, function () { console.log(this.address().port); process.kill(process.pid, "SIGSTOP") })';
  const child = spawn(process.execPath, ['--eval', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  lifetime.defer(() => child.kill('SIGKILL'));
  const [line] = await once(child.stdout, 'data');
  const port = Number(String(line));
  const fillers = [0, 1, 2, 3].map(() => connect(port, '127.0.0.1').on('error', () => undefined));
  lifetime.defer(() => fillers.map((socket) => socket.destroy()));
  await waitUntil('the queue to be full', () => fillers.filter(({ pending }) => !pending).length >= 2, {
    clock: systemClock,
  });
  const clock = new ManualClock();
  const proxy = await proxyTo(() => ({ host: '127.0.0.1', port }), clock);
  const socket = dial(proxy);
  socket.write('CONNECT slow:80 HTTP/1.1\r\n\r\n');
  await waitUntil('the proxy to be at it', () => proxy.open === 2, { clock: systemClock });
  await clock.advance(5000);
  expect(await textOf(socket)).toMatch(/^HTTP\/1\.1 504 .*connecting to slow:80/s);
  await isIdle(proxy);
});

test('a client that breaks off takes its other side along', async () => {
  let accepted: Socket | undefined;
  const port = await listening(
    createServer((socket) => {
      accepted = socket.on('error', () => undefined);
    }),
  );
  const proxy = await proxyTo(() => ({ host: '127.0.0.1', port }));
  const socket = dial(proxy);
  socket.write('CONNECT a:1 HTTP/1.1\r\n\r\n');
  await once(socket, 'data');
  socket.resetAndDestroy();
  await isIdle(proxy);
  await waitUntil('the server to notice', () => accepted?.destroyed, { clock: systemClock });
});

test('a proxy that ends breaks off what is open', async () => {
  const port = await echo();
  const proxy = await ConnectProxy.listen({
    ...{ clock: systemClock, logger: silentLogger, locate: () => ({ host: '127.0.0.1', port }) },
  });
  const socket = dial(proxy);
  socket.write('CONNECT a:1 HTTP/1.1\r\n\r\n');
  await once(socket, 'data');
  const closed = once(socket.resume(), 'end');
  await proxy[Symbol.asyncDispose]();
  await closed;
  expect(proxy.open).toBe(0);
});

test('it also listens on a unix socket', async () => {
  const folder = lifetime.use(await temporaryFolder('rwproxy-'));
  const path = join(folder.path, 'egress.sock');
  const port = await echo();
  const locate = (): { host: string; port: number } => ({ host: '127.0.0.1', port });
  await using _proxy = await ConnectProxy.listen({ path, locate, clock: systemClock, logger: silentLogger });
  const socket = connect(path).on('error', () => undefined);
  socket.write('CONNECT 10.96.0.7:443 HTTP/1.1\r\n\r\nx');
  const [first] = await once(socket, 'data');
  expect(String(first)).toMatch(/^HTTP\/1\.1 200 /);
  socket.destroy();
});
