import { expect, test } from '@jest/globals';
import { customResourceDefinitions } from '@rackwright/api';
import { ManualClock, silentLogger } from '@rackwright/core';
import { type CustomResourceDefinition, type KubeClient, KubeError } from '@rackwright/kube';
import { CrdCheck } from './crd-check.ts';

const needed = customResourceDefinitions();

/** An API server with these CRDs, which can be changed or taken away. */
function server() {
  const crds = new Map(needed.map((crd) => [crd.metadata?.name ?? '', structuredClone(crd)]));
  let asked = 0;
  const get = async (_: unknown, { name }: { name: string }): Promise<CustomResourceDefinition> => {
    asked += 1;
    const crd = crds.get(name);
    if (crd === undefined) throw new KubeError('NotFound', 'not found', { status: 404, reason: 'NotFound' });
    return crd;
  };
  return { crds, client: { get } as unknown as Pick<KubeClient, 'get'>, asked: () => asked };
}

function start(client: Pick<KubeClient, 'get'>) {
  const clock = new ManualClock();
  const abort = new AbortController();
  const check = new CrdCheck({ client, needed, clock, logger: silentLogger });
  const running = check.start(abort.signal);
  return {
    check,
    clock,
    stop: async () => {
      abort.abort();
      await running;
    },
  };
}

test('CRDs of this version are looked at every five minutes and nothing is said', async () => {
  const { client, asked } = server();
  const { check, clock, stop } = start(client);
  await clock.advance(3_600_000);
  expect(check.shortfall.value).toBeUndefined();
  expect(asked()).toBe(2 * 13);
  await stop();
});

test('a field that the CRD lost is named with the remedy, and forgotten once it is back', async () => {
  const { client, crds } = server();
  const { check, clock, stop } = start(client);
  await clock.advance(1000);
  const version = crds.get('cxidrivers.cxi.hpe.com')?.spec?.versions[0];
  const schema = version?.schema?.openAPIV3Schema as {
    properties: { spec: { properties: Record<string, unknown> } };
  };
  const { priorityClassName } = schema.properties.spec.properties;
  Reflect.deleteProperty(schema.properties.spec.properties, 'priorityClassName');
  await clock.advance(300_000);
  expect(check.shortfall.value).toMatch(
    /^CRD cxidrivers\.cxi\.hpe\.com: spec\.priorityClassName is missing; bring the CRDs of this version: helm upgrade/,
  );
  schema.properties.spec.properties.priorityClassName = priorityClassName;
  await clock.advance(10_000);
  expect(check.shortfall.value).toBeUndefined();
  await stop();
});

test('a CRD that is not there is named', async () => {
  const { client, crds } = server();
  crds.delete('cxidevices.cxi.hpe.com');
  const { check, clock, stop } = start(client);
  await clock.advance(1000);
  expect(check.shortfall.value).toMatch(/^CRD cxidevices\.cxi\.hpe\.com: it is not there; /);
  await stop();
});
