import { expect, test } from '@jest/globals';
import { type KubeClient, KubeError, resources } from '@rackwright/kube';
import { applyOwned } from './apply-owned.ts';
import { NotOwned } from './ownership.ts';

const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'ns' } };
const target = { type: resources.configMaps, fieldManager: 'test', signal: new AbortController().signal };

/** An API server on which an object stands that may not be patched. */
function server(status: number): Pick<KubeClient, 'apply' | 'patch'> {
  const refuse = (code: number) => async () => {
    throw new KubeError('Conflict', 'refused by policy', { status: code, reason: 'Any' });
  };
  return { apply: refuse(409), patch: refuse(status) };
}

test.each([403, 422])(
  'an object that a policy keeps us from (%d) is not ours, and it says why',
  async (status) => {
    const applying = applyOwned(server(status), { verb: 'create', object, why: [] }, target);
    await expect(applying).rejects.toBeInstanceOf(NotOwned);
    await expect(applying).rejects.toThrow('ConfigMap ns/a is not ours to write to: refused by policy');
  },
);

test.each([404, 500])('what is gone again or cannot be read (%d) is tried again', async (status) => {
  const applying = applyOwned(server(status), { verb: 'create', object, why: [] }, target);
  await expect(applying).rejects.toMatchObject({ status });
});
