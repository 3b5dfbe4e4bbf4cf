import { expect, test } from '@jest/globals';
import { type KubeClient, KubeError, resources } from '@rackwright/kube';
import { addFinalizer, dropFinalizer } from './finalizer.ts';

const { signal } = new AbortController();
const finalizer = { type: resources.configMaps, name: 'ours/finalizer', fieldManager: 'us' };
const object = {
  metadata: {
    namespace: 'ns',
    name: 'x',
    uid: 'u',
    resourceVersion: '7',
    finalizers: ['theirs', 'ours/finalizer'],
  },
};

/** A client that writes down what is patched and applied, and answers with these finalizers. */
function recorder(finalizers: readonly string[]) {
  const written: unknown[] = [];
  const apply = async (_: unknown, wish: unknown) => {
    written.push(wish);
    return { metadata: { finalizers } };
  };
  const patch = async (_type: unknown, key: unknown, body: unknown) => void written.push([key, body]);
  return { client: { apply, patch } as unknown as KubeClient, written };
}

test('only our entry is applied, to the very object that was seen', async () => {
  const { client, written } = recorder(['theirs', 'ours/finalizer']);
  await addFinalizer(client, object, finalizer, signal);
  const metadata = { namespace: 'ns', name: 'x', uid: 'u', finalizers: ['ours/finalizer'] };
  expect(written).toEqual([{ apiVersion: 'v1', kind: 'ConfigMap', metadata }]);
});

test('one that does not last is a failure that says so', async () => {
  await expect(addFinalizer(recorder(['theirs']).client, object, finalizer, signal)).rejects.toMatchObject({
    code: 'FailedPrecondition',
    message: 'the finalizer ours/finalizer of ConfigMap ns/x does not last',
    remedy: expect.stringContaining('exempt ConfigMaps'),
  });
});

test('it is dropped from what was seen, and those of others stay', async () => {
  const { client, written } = recorder([]);
  await dropFinalizer(client, object, finalizer, signal);
  const patch = { metadata: { resourceVersion: '7', finalizers: ['theirs'] } };
  expect(written).toEqual([[{ namespace: 'ns', name: 'x' }, patch]]);
});

test('an object that is gone needs no finalizer dropped', async () => {
  const patch = () => Promise.reject(new KubeError('NotFound', 'gone', { status: 404, reason: 'NotFound' }));
  await dropFinalizer({ patch } as unknown as KubeClient, object, finalizer, signal);
});
