import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { formatQuantity, parseQuantity, sameQuantity, systemClock } from '@rackwright/core';
import { KubeClient } from '@rackwright/kube';
import { ControlPlane, ProgramResolver } from '@rackwright/testbed';
import fc from 'fast-check';

const clock = systemClock;
let plane: ControlPlane;
let client: KubeClient;

beforeAll(async () => {
  const programs = new ProgramResolver({ env: process.env, clock, progress: () => undefined });
  plane = await ControlPlane.start({ programs, clock });
  client = new KubeClient({ connection: plane.admin(), clock, userAgent: 'quantity-test' });
}, 120_000);

afterAll(async () => {
  await client?.[Symbol.asyncDispose]();
  await plane?.[Symbol.asyncDispose]();
});

interface Quota {
  readonly spec: { readonly hard: Readonly<Record<string, string>> };
}

/** The texts as the API server writes them: limits of a ResourceQuota, which is not stored. */
async function answered(texts: readonly string[]): Promise<string[]> {
  const key = (i: number): string => `class-${i}.storageclass.storage.k8s.io/requests.storage`;
  const hard = Object.fromEntries(texts.map((text, i) => [key(i), text]));
  const body = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q' }, spec: { hard } };
  const path = '/api/v1/namespaces/default/resourcequotas';
  const quota = await client.request<Quota>('POST', path, { query: { dryRun: 'All' }, body });
  return texts.map((_, i) => quota.spec.hard[key(i)] ?? '');
}

const number = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 66n }).map(String),
  fc.nat({ max: 5000 }).map(String),
  fc.tuple(fc.nat({ max: 5000 }), fc.nat()).map(([whole, fraction]) => `${whole}.${fraction}`),
  fc.nat({ max: 5000 }).map((fraction) => `.${fraction}`),
);
// Beyond E this version of Kubernetes writes no suffix at all, and so another size.
const suffix = fc.constantFrom('n', 'u', 'm', '', 'k', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'e3', 'E2', 'e-4');
const text = fc.tuple(number, suffix).map(([digits, unit]) => `${digits}${unit}`);

test('the API server and we write every quantity alike', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 60, maxLength: 60 }), async (texts) => {
      for (const [i, theirs] of (await answered(texts)).entries()) {
        const [ours, asked = ''] = [formatQuantity(parseQuantity(texts[i] ?? '')), texts[i]];
        // What is nearly canonical it leaves as it was asked for, such as 1.123k.
        if (theirs === asked) expect([asked, sameQuantity(ours, theirs)]).toEqual([asked, true]);
        else expect([asked, ours]).toEqual([asked, theirs]);
      }
    }),
    { numRuns: 25 },
  );
}, 60_000);
