import { describe, expect, test } from '@jest/globals';
import { ManualClock, silentLogger } from '@rackwright/core';
import fc from 'fast-check';
import { KnownExporters } from './known-exporters.ts';
import { readHandshake } from './message.ts';
import { reception } from './reception.ts';
import type { TokenReview } from './token-review.ts';

const account = 'system:serviceaccount:ns:aidaptivcache-exporter';
const handshake = { node: 'n1', version: '0.1.0', inventoryDigest: 'abc' };
const signal = new AbortController().signal;

function review(change: object = {}, extra: object = { 'authentication.kubernetes.io/node-name': ['n1'] }) {
  const status = { authenticated: true, audiences: ['aidaptivcache-handshake'] };
  return { status: { ...status, user: { username: account, extra }, ...change } } as TokenReview;
}

function setUp(answer: () => Promise<TokenReview>) {
  const clock = new ManualClock();
  const exporters = new KnownExporters(clock);
  const counted: string[] = [];
  const asked: object[] = [];
  const client = {
    request: async (_method: string, _path: string, options: { body?: object }) => {
      asked.push(options.body ?? {});
      return answer();
    },
  };
  const handle = reception({
    ...{ exporters, account, logger: silentLogger },
    client: client as never,
    count: (result) => counted.push(result),
  });
  const shake = (body: unknown, authorization: string | undefined = 'Bearer t') =>
    handle(body, { query: new URLSearchParams(), signal, authorization });
  return { clock, exporters, counted, asked, shake };
}

describe('a handshake', () => {
  test('of an exporter with the token of its node is accepted and kept for five minutes', async () => {
    const { clock, exporters, counted, asked, shake } = setUp(async () => review());
    expect(await shake(handshake)).toMatchObject({ status: 200, body: { result: 'accepted' } });
    expect(asked).toEqual([
      {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenReview',
        spec: { token: 't', audiences: ['aidaptivcache-handshake'] },
      },
    ]);
    expect(exporters.list()).toEqual([{ ...handshake, atMs: clock.now() }]);
    await clock.advance(300_001);
    expect([exporters.list(), counted]).toEqual([[], ['accepted']]);
  });

  test('is answered with whether the operator it came to leads, and so tells of it', async () => {
    const { exporters, shake } = setUp(async () => review());
    expect(await shake(handshake)).toMatchObject({ body: { result: 'accepted', leads: false } });
    exporters.isRead = true;
    expect(await shake(handshake)).toMatchObject({ body: { result: 'accepted', leads: true } });
  });

  test.each<[string, TokenReview, number, string]>([
    ['a token nobody knows', { status: { authenticated: false } }, 401, 'unauthenticated'],
    ['a token for the API server', review({ audiences: ['https://kubernetes'] }), 401, 'unauthenticated'],
    ['a token without audiences', review({ audiences: undefined }), 401, 'unauthenticated'],
    [
      'the token of another account',
      review({ user: { username: 'system:serviceaccount:other:aidaptivcache-exporter' } }),
      403,
      'forbidden',
    ],
    ['a token that was issued for no pod', review({}, {}), 403, 'forbidden'],
    [
      'the token of another node',
      review({}, { 'authentication.kubernetes.io/node-name': ['n2'] }),
      403,
      'wrong-node',
    ],
  ])('with %s is refused', async (_, answer, status, result) => {
    const { exporters, counted, shake } = setUp(async () => answer);
    expect(await shake(handshake)).toMatchObject({ status, body: { result } });
    expect([exporters.list(), counted]).toEqual([[], [result]]);
  });

  test('without a token, or with a body that is none, is refused and nobody asked', async () => {
    const { asked, shake } = setUp(async () => review());
    expect(await shake(handshake, 'Basic x')).toMatchObject({ status: 401 });
    expect(await shake({ ...handshake, node: '' })).toMatchObject({ status: 400 });
    expect(asked).toEqual([]);
  });

  test('is to come again while the API server cannot be asked, or has enough to do', async () => {
    const failing = setUp(async () => Promise.reject(new Error('away')));
    expect(await failing.shake(handshake)).toMatchObject({ status: 503, body: { result: 'unanswered' } });
    const { promise, resolve } = Promise.withResolvers<TokenReview>();
    const slow = setUp(() => promise);
    const waiting = Array.from({ length: 16 }, () => slow.shake(handshake));
    expect(await slow.shake(handshake)).toMatchObject({ status: 503, body: { result: 'busy' } });
    resolve(review());
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual(waiting.map(() => 200));
    expect(await slow.shake(handshake)).toMatchObject({ status: 200 });
  });
});

test('whatever JSON is sent, only three short texts are a handshake', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.jsonValue(), fc.record({ node: fc.jsonValue(), version: fc.string() })),
      (body) => {
        expect(readHandshake(body)).toBeUndefined();
      },
    ),
  );
  expect(readHandshake({ ...handshake, more: 1 })).toEqual(handshake);
  expect(readHandshake({ ...handshake, version: 'x'.repeat(129) })).toBeUndefined();
  expect(readHandshake({ ...handshake, node: 'a\nb' })).toBeUndefined();
});
