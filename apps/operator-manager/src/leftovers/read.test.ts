import { expect, test } from '@jest/globals';
import { type KubeClient, KubeError, type ResourceType } from '@rackwright/kube';
import { readLeftovers } from './read.ts';

const { signal } = new AbortController();

/** An API server that has, by the plural of the kind, these names, or refuses the list. */
function server(contents: Readonly<Record<string, readonly string[] | KubeError>>) {
  const list = async ({ plural }: ResourceType) => {
    const found = contents[plural] ?? [];
    if (found instanceof KubeError) throw found;
    return { items: found.map((name) => ({ metadata: { name } })) };
  };
  return { list } as unknown as Pick<KubeClient, 'list'>;
}

test('an object with both labels of ours is named once', async () => {
  const leftovers = await readLeftovers(server({ daemonsets: ['cxi-driver-agent'] }), signal);
  expect(leftovers).toEqual([expect.objectContaining({ kind: 'DaemonSet', name: 'cxi-driver-agent' })]);
});

test('kinds that are gone have nothing, and those that may not be listed say so', async () => {
  const gone = new KubeError('NotFound', 'not served', { status: 404, reason: 'NotServed' });
  const forbidden = new KubeError('Forbidden', 'you cannot list roles', { status: 403, reason: 'Forbidden' });
  const leftovers = await readLeftovers(
    server({ cxidrivers: gone, cxidevices: gone, roles: forbidden }),
    signal,
  );
  expect(leftovers).toEqual([
    expect.objectContaining({ kind: 'Role', note: expect.stringContaining('you cannot list roles') }),
  ]);
});
