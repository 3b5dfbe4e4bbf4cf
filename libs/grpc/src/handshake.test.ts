import { beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { Authority } from '@rackwright/testbed';
import { type HandshakeSide, handshake } from './handshake.ts';

const yearMs = 365 * 24 * 60 * 60 * 1000;
let now = systemClock.now();
let authority: Authority;
let other: Authority;

beforeAll(async () => {
  authority = await Authority.create({ ...systemClock, now: () => now });
  other = await Authority.create(systemClock);
});

/** Shows `name`, and expects the peer to be called `peerName`. */
async function side(name: string, peerName: string, by = authority): Promise<HandshakeSide> {
  const pair = await by.issue({ commonName: name, hosts: [name] });
  return { identity: { ...pair, ca: authority.cert }, peerName };
}

test('two that are who the other expects shake hands', async () => {
  await expect(handshake(await side('a', 'b'), await side('b', 'a'))).resolves.toBeUndefined();
});

describe('it fails, and says why, when', () => {
  test.each([
    [
      'the client has another name',
      () => side('c', 'a'),
      /server refuses .*Host: b\. is not in the cert's altnames: DNS:c/,
    ],
    [
      'the server has another name',
      () => side('b', 'c'),
      /client refuses: .*Host: c\. is not in the cert's altnames: DNS:a/,
    ],
    ['another CA signed', () => side('b', 'a', other), /server refuses (UNABLE_TO|SELF_SIGNED|DEPTH|CERT)/],
  ])('%s', async (_, client, why) => {
    await expect(handshake(await side('a', 'b'), await client())).rejects.toMatchObject({
      ...{ code: 'Forbidden', message: expect.stringMatching(why) },
    });
  });

  test('a certificate has expired', async () => {
    now -= 2 * yearMs;
    const expired = await side('b', 'a');
    now = systemClock.now();
    await expect(handshake(await side('a', 'b'), expired)).rejects.toMatchObject({
      message: expect.stringContaining('CERT_HAS_EXPIRED'),
    });
  });

  test('a key is that of another, with no word of the key', async () => {
    const [one, two] = [await side('b', 'a'), await side('b', 'a')];
    const client = { ...one, identity: { ...one.identity, key: two.identity.key } };
    const failed = handshake(await side('a', 'b'), client);
    await expect(failed).rejects.toMatchObject({
      ...{ code: 'InvalidArgument', message: expect.not.stringContaining('PRIVATE') },
    });
  });

  test('what is given is no certificate', async () => {
    const server = await side('a', 'b');
    const broken = { ...server, identity: { ...server.identity, cert: 'nonsense' } };
    await expect(handshake(broken, await side('b', 'a'))).rejects.toMatchObject({ code: 'InvalidArgument' });
  });
});
