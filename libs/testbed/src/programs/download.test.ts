import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { type DownloadOptions, download } from './download.ts';

const options: DownloadOptions = {
  clock: systemClock,
  env: {},
  maxBytes: 1000,
  limits: { answerMs: 300, stallMs: 300 },
};

interface Site extends AsyncDisposable {
  readonly url: string;
}

async function serve(listener: RequestListener): Promise<Site> {
  const server: Server = createServer(listener);
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

test('the file arrives whole, and the bytes are counted on the way', async () => {
  await using site = await serve((_, response) => response.end('x'.repeat(500)));
  const seen: (number | undefined)[] = [];
  const content = await download(site.url, {
    ...options,
    onBytes: (received, total) => seen.push(received, total),
  });
  expect(content.toString()).toBe('x'.repeat(500));
  expect(seen.slice(-2)).toEqual([500, 500]);
});

test('a redirect is followed', async () => {
  await using site = await serve((request, response) => {
    if (request.url === '/there') response.end('found');
    else response.writeHead(302, { location: '/there' }).end();
  });
  expect((await download(site.url, options)).toString()).toBe('found');
});

test('a circle of redirects ends', async () => {
  await using site = await serve((_, response) => response.writeHead(302, { location: '/' }).end());
  await expect(download(site.url, options)).rejects.toMatchObject({ code: 'Unavailable' });
});

test('a refusal is told with its status', async () => {
  await using site = await serve((_, response) => response.writeHead(403).end('no'));
  await expect(download(site.url, options)).rejects.toThrow(/answered 403/);
});

test('a server that is not there is told at once', async () => {
  const site = await serve(() => undefined);
  await site[Symbol.asyncDispose]();
  await expect(download(site.url, options)).rejects.toMatchObject({ code: 'Unavailable' });
});

test('a server that never answers is given up', async () => {
  await using site = await serve(() => undefined);
  await expect(download(site.url, options)).rejects.toThrow(/did not answer within 300 ms/);
});

test('a download that stalls half-way is given up', async () => {
  await using site = await serve((_, response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('half');
  });
  await expect(download(site.url, options)).rejects.toThrow(/sent nothing for 300 ms/);
});

test('a download that breaks off is no file', async () => {
  await using site = await serve((_, response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('half', () => response.destroy());
  });
  await expect(download(site.url, options)).rejects.toMatchObject({ code: 'Unavailable' });
});

test('a file announced too large is not fetched, and one that grows too large is cut off', async () => {
  let announce = true;
  await using site = await serve((_, response) => {
    if (announce) response.writeHead(200, { 'content-length': 5000 });
    response.end('x'.repeat(5000));
  });
  await expect(download(site.url, options)).rejects.toMatchObject({ code: 'ResourceExhausted' });
  announce = false;
  await expect(download(site.url, options)).rejects.toMatchObject({ code: 'ResourceExhausted' });
});

test('a cancelled download ends', async () => {
  const stop = new AbortController();
  await using site = await serve((_, response) => {
    response.write('half', () => stop.abort());
  });
  await expect(download(site.url, { ...options, signal: stop.signal })).rejects.toMatchObject({
    code: 'Cancelled',
  });
});
