import { describe, expect, test } from '@jest/globals';
import type { CertificateFacts } from '@rackwright/web';
import fc from 'fast-check';
import { type CertificateSnapshot, nextCertificateAction, nextGivenCertificateAction } from './plan.ts';
import { CertificateWorld, times } from './testing/certificate-world.ts';

const day = 24 * 60 * 60 * 1000;
const nowMs = 1000 * day;
const years = { caLifetimeMs: 730 * day, lifetimeMs: 90 * day, settleMs: 300_000, retireMs: day };
const facts = (id: string, ageDays: number, lifeDays: number, issuers: string[] = []): CertificateFacts => ({
  id,
  notBeforeMs: nowMs - ageDays * day,
  notAfterMs: nowMs + (lifeDays - ageDays) * day,
  names: ['a.svc'],
  issuers,
});
const authority = facts('ca', 10, 730);
const certificate = facts('leaf', 10, 90, ['ca']);
const good: CertificateSnapshot = {
  ...{ nowMs, authority, nextAuthority: undefined, stored: certificate, served: certificate },
  ...{ names: ['a.svc'], trusted: [authority], storedSinceMs: 0, trustedSinceMs: new Map([['ca', 0]]) },
};
const next = facts('next', 0, 730);

describe('what is done next', () => {
  test.each<[string, Partial<CertificateSnapshot>, unknown]>([
    ['nothing when all is well', {}, undefined],
    ['an authority where there is none', { authority: undefined }, { action: 'make authority' }],
    [
      'an authority for one that expired',
      { authority: facts('old', 731, 730) },
      { action: 'make authority' },
    ],
    [
      'another authority after two thirds',
      { authority: facts('ca', 490, 730) },
      { action: 'make next authority' },
    ],
    ['the next is trusted first', { nextAuthority: next }, { action: 'trust', ids: ['ca', 'next'] }],
    [
      'the next does not sign before everybody trusts it',
      { nextAuthority: next, trusted: [authority, next], trustedSinceMs: new Map([['next', nowMs - 1]]) },
      undefined,
    ],
    [
      'then it signs',
      {
        nextAuthority: next,
        trusted: [authority, next],
        trustedSinceMs: new Map([['next', nowMs - 300_000]]),
      },
      { action: 'promote next authority' },
    ],
    ['a certificate where there is none', { stored: undefined }, { action: 'make certificate' }],
    [
      'a certificate after two thirds',
      { stored: facts('leaf', 61, 90, ['ca']) },
      { action: 'make certificate' },
    ],
    ['a certificate for other names', { names: ['b.svc'] }, { action: 'make certificate' }],
    [
      'what works is not replaced before everybody trusts what comes',
      { stored: facts('leaf', 1, 90, ['old']), trustedSinceMs: new Map([['ca', nowMs - 1]]) },
      undefined,
    ],
    ['what is stored is served', { served: undefined }, { action: 'serve' }],
    [
      'nothing is served that is not trusted yet',
      { served: facts('old', 1, 90, ['old']), trustedSinceMs: new Map([['ca', nowMs - 1]]) },
      undefined,
    ],
    [
      'what is not trusted yet is served in place of what expired',
      { served: facts('old', 91, 90, ['old']), trustedSinceMs: new Map() },
      { action: 'serve' },
    ],
    ['a bundle without it is put right', { trusted: [] }, { action: 'trust', ids: ['ca'] }],
    [
      'old authorities go when nothing of theirs is left',
      { trusted: [authority, facts('old', 400, 730)] },
      { action: 'trust', ids: ['ca'] },
    ],
    [
      'and stay for a day before',
      { trusted: [authority, facts('old', 400, 730)], storedSinceMs: nowMs - day + 1 },
      undefined,
    ],
    [
      'before anybody asks nothing has to be trusted',
      { trusted: undefined, served: undefined },
      { action: 'serve' },
    ],
  ])('%s', (_, change, expected) => {
    expect(nextCertificateAction({ ...good, ...change }, years)).toEqual(expected);
  });

  test('given certificates are trusted and served, never made', () => {
    const given = { ...good, stored: facts('given', 89, 90, ['ca']), served: undefined };
    expect(nextGivenCertificateAction({ ...given, trusted: [] }, years)).toEqual({
      action: 'trust',
      ids: ['ca'],
    });
    expect(nextGivenCertificateAction(given, years)).toEqual({ action: 'serve' });
    expect(nextGivenCertificateAction({ ...good, authority: undefined }, years)).toBeUndefined();
  });
});

const replicas = fc.nat({ max: 2 });
/** What happens between two looks at the clock. */
const event = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('act' as const), replica: replicas }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('look' as const), replica: replicas }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('finish' as const), replica: replicas }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const), replica: replicas }) },
);
const story = fc.array(fc.record({ event, waitMs: fc.nat({ max: times.settleMs / 8 }) }), {
  minLength: 200,
  maxLength: 1500,
  size: 'max',
});

describe('several replicas, in any order and however late', () => {
  test('never serve what an API server does not trust, over many renewals', () => {
    let renewals = 0;
    fc.assert(
      fc.property(story, (steps) => {
        const world = new CertificateWorld(3);
        for (const { event: what, waitMs } of steps) {
          world.happen(what);
          world.wait(waitMs);
          world.check();
        }
        renewals = Math.max(renewals, world.authoritiesMade);
      }),
      { numRuns: 60, endOnFailure: true },
    );
    expect(renewals).toBeGreaterThan(2);
  });

  test('nor after somebody emptied the Secrets', () => {
    const emptied = fc.constantFrom('authority' as const, 'certificate' as const);
    fc.assert(
      fc.property(story, fc.nat({ max: 199 }), emptied, (steps, when, what) => {
        const world = new CertificateWorld(3);
        for (const [i, { event: happening, waitMs }] of steps.entries()) {
          if (i === when) world.empty(what);
          // A replica that starts with nothing has nothing better to serve.
          if (happening.kind !== 'restart') world.happen(happening);
          world.wait(waitMs);
          world.check();
        }
      }),
      { numRuns: 60, endOnFailure: true },
    );
  });

  test('have nothing left to do in the end', () => {
    fc.assert(
      fc.property(story, (steps) => {
        const world = new CertificateWorld(3);
        for (const { event: what, waitMs } of steps) {
          world.happen(what);
          world.wait(waitMs);
        }
        for (let i = 0; i < 3; i++) for (let n = 0; n < 16; n++) world.happen({ kind: 'act', replica: i });
        expect(world.pendingActions()).toEqual([undefined, undefined, undefined]);
      }),
      { numRuns: 40, endOnFailure: true },
    );
  });
});
