import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Lifetime, ManualClock, silentLogger, systemClock } from '@rackwright/core';
import { fixedConnection, KubeClient } from '@rackwright/kube';
import { waitUntil } from '@rackwright/testbed/without-nodes';
import { type KeyPair, loadIssuer } from '@rackwright/web';
import { Registrations } from '../configuration/registrations.ts';
import { FileSupply } from './file-supply.ts';
import { CertificateKeeper } from './keeper.ts';

const { makeAuthority, makeCertificate } = await loadIssuer();

const clock = new ManualClock();
const hourMs = 3_600_000;
const times = { caLifetimeMs: hourMs, lifetimeMs: hourMs, settleMs: 10_000, retireMs: 60_000 };
const names = ['a.hooks.svc'];
let folder: string;
let authority: KeyPair;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rw-given-'));
  authority = await makeAuthority('CA', { nowMs: clock.now(), lifetimeMs: 2 * hourMs });
});
afterEach(() => rm(folder, { recursive: true }));

function certificate(lifetimeMs = hourMs): Promise<KeyPair> {
  return makeCertificate(authority, names, { nowMs: clock.now(), lifetimeMs });
}

async function give({ cert, key }: KeyPair, ca = authority.cert): Promise<void> {
  await writeFile(join(folder, 'tls.crt'), cert);
  await writeFile(join(folder, 'tls.key'), key);
  await writeFile(join(folder, 'ca.crt'), ca);
}

const files = { cert: 'tls.crt', key: 'tls.key' };

function supply(): FileSupply {
  return new FileSupply({ ...files, folder, authority: 'ca.crt' }, clock);
}

describe('given certificates', () => {
  test('are read with their authority', async () => {
    const pair = await certificate();
    await give(pair);
    expect(await supply().read()).toEqual({
      stored: pair,
      authority: authority.cert,
      nextAuthority: undefined,
    });
    const alone = new FileSupply({ ...files, folder, authority: undefined }, clock);
    expect(await alone.read()).toMatchObject({ stored: pair, authority: undefined });
  });

  test.each<[string, () => Promise<void>, string]>([
    ['are not there', async () => undefined, 'tls.crt: it cannot be read'],
    ['are no certificates', async () => give({ cert: 'x', key: 'y' }), 'tls.crt: it is not PEM'],
    [
      'have the key of another',
      async () => give({ cert: (await certificate()).cert, key: (await certificate()).key }),
      'tls.key: it is not the key',
    ],
    ['have expired', async () => give(await certificate(-1)), 'tls.crt: it expired on'],
    [
      'lack the authority',
      async () => give(await certificate(), 'nothing'),
      'ca.crt: there is no certificate in it',
    ],
  ])('that %s are refused, naming the file', async (_, prepare, message) => {
    await prepare();
    await expect(supply().read()).rejects.toThrow(message);
  });

  test('that cannot be used leave what is served as it is, and are told of', async () => {
    const first = await certificate();
    await give(first);
    const connection = fixedConnection({ server: 'https://127.0.0.1:1' });
    await using client = new KubeClient({ connection, clock, userAgent: 'test' });
    const registrations = new Registrations({ client, registrations: [], service: undefined });
    const keeper = new CertificateKeeper({
      ...{ supply: supply(), registrations, names, times, clock, logger: silentLogger },
    });
    await using lifetime = new Lifetime();
    lifetime.spawn('keeper', (signal) => keeper.start(signal));
    const isReady = () => keeper.readiness().ok;
    await waitUntil('the first certificate', isReady, { clock: systemClock, deadlineMs: 10_000 });
    await give({ cert: 'half a fi', key: first.key });
    for (let i = 0; i < 5; i++) await clock.advance(times.settleMs);
    expect(keeper.served.value?.cert).toBe(first.cert);
    const second = await certificate();
    await give(second);
    const isRenewed = async () => {
      await clock.advance(times.settleMs);
      return keeper.served.value?.cert === second.cert && keeper.readiness().ok;
    };
    await waitUntil('the second certificate', isRenewed, { clock: systemClock, deadlineMs: 10_000 });
  });
});
