import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { formatQuantity, parseQuantity, type Quantity, sameQuantity, systemClock } from '@rackwright/core';
import { KubeClient } from '@rackwright/kube';
import { ControlPlane, ProgramResolver } from '@rackwright/testbed/without-nodes';
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

/** What may be limited to a part of one. */
const limited = ['requests', 'limits'].flatMap((kind) =>
  ['cpu', 'memory', 'ephemeral-storage'].map((resource) => `${kind}.${resource}`),
);

/** The texts as the API server writes them: limits of a ResourceQuota, which is not stored. */
async function answered(texts: readonly string[]): Promise<string[]> {
  const hard = Object.fromEntries(texts.map((text, i) => [limited[i], text]));
  const body = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q' }, spec: { hard } };
  const path = '/api/v1/namespaces/default/resourcequotas';
  const quota = await client.request<Quota>('POST', path, { query: { dryRun: 'All' }, body });
  return texts.map((_, i) => quota.spec.hard[limited[i] ?? ''] ?? '');
}

/** Of resources the API server keeps thousandths (k8s.io/kubernetes pkg/apis/core/v1, SetDefaults_ResourceList). */
function roundedUp({ nanos, format }: Quantity): Quantity {
  const milli = 10n ** 6n;
  return { nanos: ((nanos + milli - 1n) / milli) * milli, format };
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
  const texts = fc.array(text, { minLength: limited.length, maxLength: limited.length });
  await fc.assert(
    fc.asyncProperty(texts, async (asked) => {
      const answers = await answered(asked);
      const ours = asked.map((one) => roundedUp(parseQuantity(one)));
      const written = ours.map((one, i) => {
        // What is nearly canonical it leaves as it was asked for, such as 1.123k.
        const same = answers[i] === asked[i] && sameQuantity(answers[i], formatQuantity(one));
        return same ? answers[i] : formatQuantity(one);
      });
      expect(written).toEqual(answers);
    }),
    { numRuns: 150 },
  );
}, 60_000);
