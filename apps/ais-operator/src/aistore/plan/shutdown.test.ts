import { expect, test } from '@jest/globals';
import { ModelCluster } from '../../testing/model-cluster.ts';
import { change, readyCluster, run, settle } from '../../testing/model-passes.ts';
import { sampleCluster } from '../../testing/sample.ts';

function readyCondition({ cluster }: ModelCluster): string | undefined {
  return cluster.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
}

test('weakness 7: a cluster is not Ready while it shuts down, and while it is shut down', () => {
  const model = readyCluster();
  expect(readyCondition(model)).toBe('True');
  change(model, { shutdownCluster: true });
  const seen = new Set<string>();
  run(model, ({ cluster }) => {
    seen.add(`${cluster.status?.state} ${readyCondition(model)}`);
    return cluster.status?.state === 'Shutdown';
  });
  expect([...seen]).toEqual(['ShuttingDown False', 'Shutdown False']);
});

test('weakness 7: a cluster that never was Ready is shut down, too, and comes up once it can', () => {
  const bad = 'docker.io/aistorage/aisnode:no-such';
  const model = new ModelCluster(sampleCluster({ nodeImage: bad }), { badImages: new Set([bad]) });
  run(model, ({ cluster }) => (cluster.status?.proxies?.current ?? 0) > 0);
  change(model, { shutdownCluster: true });
  run(model, ({ cluster }) => cluster.status?.state === 'Shutdown');
  expect(model.snapshot().pods).toEqual([]);
  change(model, { shutdownCluster: false, nodeImage: 'docker.io/aistorage/aisnode:v4.9' });
  settle(model);
});
