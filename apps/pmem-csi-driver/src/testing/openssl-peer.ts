import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TlsIdentity } from '@rackwright/grpc';
import { freePort } from '@rackwright/testbed/without-nodes';
import { until, writeCertificate } from './registry-cluster.ts';

/** What a client of HTTP/2 says first: the preface, empty settings, and that it goes (RFC 9113, 3.4, 6.5 and 6.8). */
const greeting = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
  Buffer.from([0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
]);
const preface = 'PRI * HTTP/2.0';
/** Where the type of the first frame stands, and settings as a type. */
const [typeAt, settings] = [3, 4];

/** How openssl takes part in a connection. */
export interface OpensslOptions {
  /** What it shows and trusts. */
  readonly identity: TlsIdentity;
  readonly flags?: readonly string[];
}

/** Whether a server on a port begins to speak HTTP/2 with openssl as its client, before it ends the connection. */
export async function answersOpenssl(port: number, options: OpensslOptions): Promise<boolean> {
  await using peer = await OpensslPeer.start(options, 's_client', [
    ...['-connect', `127.0.0.1:${port}`, '-alpn', 'h2', '-quiet'],
  ]);
  peer.child.stdin?.end(greeting);
  await peer.ended;
  return peer.received[typeAt] === settings;
}

/** A server of openssl, which takes one connection. */
export async function opensslServer(options: OpensslOptions): Promise<OpensslPeer> {
  const port = await freePort();
  const peer = await OpensslPeer.start(options, 's_server', [
    ...[
      '-accept',
      `127.0.0.1:${port}`,
      '-alpn',
      'h2',
      '-Verify',
      '1',
      '-verify_return_error',
      '-naccept',
      '1',
    ],
  ]);
  peer.port = port;
  await until(() => peer.received.includes('ACCEPT'));
  return peer;
}

/** A process of openssl: another program than ours, with the OpenSSL of the machine in place of that in Node. */
export class OpensslPeer implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  readonly #folder: string;
  received: Buffer = Buffer.alloc(0);
  port = 0;

  private constructor(child: ChildProcess, folder: string) {
    this.child = child;
    this.#folder = folder;
    this.ended = once(child, 'close');
    child.stdin?.on('error', () => undefined);
    child.stdout?.on('data', (bytes: Buffer) => {
      this.received = Buffer.concat([this.received, bytes]);
    });
  }

  static async start(
    { identity, flags = [] }: OpensslOptions,
    command: 's_client' | 's_server',
    words: readonly string[],
  ): Promise<OpensslPeer> {
    const folder = await mkdtemp(join(tmpdir(), 'pmem-openssl-'));
    await writeCertificate(folder, identity);
    const file = (name: string): string => join(folder, name);
    const shown = identity.cert === '' ? [] : ['-cert', file('tls.crt'), '-key', file('tls.key')];
    const none = command === 's_server' && identity.cert === '' ? ['-nocert'] : [];
    const all = [command, ...words, '-CAfile', file('ca.crt'), ...shown, ...none, ...flags];
    return new OpensslPeer(spawn('openssl', all, { stdio: ['pipe', 'pipe', 'ignore'] }), folder);
  }

  /** Whether a client has begun to speak HTTP/2 with this server. */
  get isSpokenTo(): boolean {
    return this.received.includes(preface);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
    await rm(this.#folder, { recursive: true, force: true });
  }
}
