import { access, readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { sha256 } from './checksum.ts';
import { Machine, script } from './resolver-fixture.ts';

const program = script('v1.2.3');

/** A release server whose answers a test chooses. */
class ReleaseSite implements AsyncDisposable {
  readonly requests: string[] = [];
  checksum = `${sha256(Buffer.from(program))}  tiny\n`;
  file: (response: ServerResponse) => void = (response) => response.end(program);
  readonly #server = createServer((request, response) => {
    this.requests.push(request.url ?? '');
    if (request.url === '/SHA256SUMS') response.end(this.checksum);
    else this.file(response);
  });

  static async start(machine: Machine): Promise<ReleaseSite> {
    const site = new ReleaseSite();
    const { promise, resolve } = Promise.withResolvers<void>();
    site.#server.listen(0, '127.0.0.1', resolve);
    await promise;
    const base = `http://127.0.0.1:${(site.#server.address() as AddressInfo).port}`;
    const release = { url: `${base}/tiny`, checksumUrl: `${base}/SHA256SUMS`, maxBytes: 10_000 };
    machine.spec = { ...machine.spec, release: () => release };
    return site;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}

test('the released program is fetched once and kept', async () => {
  await using machine = await Machine.create();
  await using site = await ReleaseSite.start(machine);
  expect(await machine.resolver().resolve('kubeconform')).toBe(machine.cached);
  expect(await readFile(machine.cached, 'utf8')).toBe(program);
  expect(machine.lines).toContain('downloading kubeconform v1.2.3');
  expect(await machine.resolver().resolve('kubeconform')).toBe(machine.cached);
  expect(site.requests).toEqual(['/SHA256SUMS', '/tiny']);
  expect(await machine.leftovers()).toEqual([]);
});

test.each<[string, RegExp, (site: ReleaseSite) => void]>([
  [
    'has another checksum than published',
    /does not have its published checksum/,
    (site) => {
      site.file = (response) => response.end(program.replace('tiny', 'evil'));
    },
  ],
  [
    'has no published checksum',
    /states no checksum/,
    (site) => {
      site.checksum = `${'0'.repeat(64)}  other\n`;
    },
  ],
  [
    'breaks off',
    /cannot be fetched/,
    (site) => {
      site.file = (response) => {
        response.writeHead(200, { 'content-length': 5000 });
        response.write(program, () => response.destroy());
      };
    },
  ],
  [
    'stalls',
    /sent nothing for 500 ms/,
    (site) => {
      site.file = (response) => void response.write(program.slice(0, 10));
    },
  ],
  [
    'is larger than allowed',
    /is larger than the 10000 bytes allowed/,
    (site) => {
      site.file = (response) => response.end('x'.repeat(20_000));
    },
  ],
  [
    'does not run',
    /does not run/,
    (site) => {
      const broken = '#!/bin/sh\nexit 3\n';
      site.checksum = sha256(Buffer.from(broken));
      site.file = (response) => response.end(broken);
    },
  ],
  [
    'is another version',
    /is version 1\.2\.4, not v1\.2\.3/,
    (site) => {
      const other = script('v1.2.4');
      site.checksum = sha256(Buffer.from(other));
      site.file = (response) => response.end(other);
    },
  ],
])('a release that %s is not kept', async (_, reason, spoil) => {
  await using machine = await Machine.create();
  await using site = await ReleaseSite.start(machine);
  spoil(site);
  await expect(machine.resolver().resolve('kubeconform')).rejects.toThrow(reason);
  await expect(access(machine.cached)).rejects.toThrow(/ENOENT/);
  expect(await machine.leftovers()).toEqual([]);
});

test('with RACKWRIGHT_OFFLINE=1 nobody is asked', async () => {
  await using machine = await Machine.create();
  await using site = await ReleaseSite.start(machine);
  machine.env.RACKWRIGHT_OFFLINE = '1';
  await expect(machine.resolver().resolve('kubeconform')).rejects.toThrow(/download: offline/);
  expect(site.requests).toEqual([]);
});

test('a server that refuses is not asked again for the next program', async () => {
  await using machine = await Machine.create();
  await using site = await ReleaseSite.start(machine);
  site.checksum = '';
  const resolver = machine.resolver();
  await site[Symbol.asyncDispose]();
  await expect(resolver.resolve('kubeconform')).rejects.toThrow(/ECONNREFUSED/);
  await expect(resolver.resolve('kubeconform')).rejects.toThrow(/could not be reached before/);
});

test('a download that is cancelled leaves nothing', async () => {
  await using machine = await Machine.create();
  await using site = await ReleaseSite.start(machine);
  const stop = new AbortController();
  site.file = (response) => void response.write('begin', () => stop.abort(new Error('enough')));
  await expect(machine.resolver().resolve('kubeconform', stop.signal)).rejects.toMatchObject({
    code: 'Cancelled',
  });
  expect(await machine.leftovers()).toEqual([]);
});
