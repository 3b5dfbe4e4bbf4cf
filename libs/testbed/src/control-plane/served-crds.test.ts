import { expect, test } from '@jest/globals';
import { ManualClock } from '@rackwright/core';
import type { CustomResourceDefinition, KubeClient } from '@rackwright/kube';
import { untilCrdsServed } from './served-crds.ts';

const version = { served: true, storage: false };
const widgets: CustomResourceDefinition = {
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Cluster',
    names: { kind: 'Widget', plural: 'widgets' },
    versions: [
      { ...version, name: 'v1' },
      { ...version, name: 'v2', storage: true },
    ],
  },
};

test('a CRD whose objects the API server does not know yet is waited for', async () => {
  const clock = new ManualClock();
  const asked: string[] = [];
  const list = (): Promise<object> => Promise.resolve({ items: [widgets] });
  const request = (_: string, path: string): Promise<object> => {
    asked.push(path);
    return asked.length < 3 ? Promise.reject(new Error('not found')) : Promise.resolve({});
  };
  const client = { list, request } as unknown as KubeClient;
  const waiting = untilCrdsServed({ client, clock });
  await clock.advance(1000);
  await waiting;
  expect(asked).toEqual(Array(3).fill('/apis/example.com/v2/widgets?limit=1'));
});
