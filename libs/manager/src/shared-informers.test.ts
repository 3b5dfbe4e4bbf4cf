import { expect, test } from '@jest/globals';
import type { InformerEvent } from '@rackwright/controller';
import { Lifetime, silentLogger, systemClock } from '@rackwright/core';
import { type ConfigMap, type KubeObject, resources, type WatchEvent } from '@rackwright/kube';
import { waitUntil } from '@rackwright/testbed/without-nodes';
import fc from 'fast-check';
import type { InformerView } from './informer-view.ts';
import { labelMatcher } from './label-selector.ts';
import { SharedInformers, type WatchRequest } from './shared-informers.ts';

/** ConfigMaps as an API server lists them and lets them be watched, by labels. */
class Server {
  readonly objects = new Map<string, KubeObject>();
  /** The selector of each watch. */
  readonly watches: string[] = [];
  #version = 0;
  readonly #streams = new Set<(before: KubeObject | undefined, after: KubeObject | undefined) => void>();

  set(name: string, app: string | undefined, namespace = 'ns'): void {
    this.#version += 1;
    const before = this.objects.get(name);
    const labels = { app: app ?? '' };
    const after = { metadata: { name, namespace, resourceVersion: `${this.#version}`, labels } };
    if (app === undefined) this.objects.delete(name);
    else this.objects.set(name, after);
    for (const tell of this.#streams) tell(before, app === undefined ? undefined : after);
  }

  list = async (_: unknown, { labelSelector = '', namespace }: WatchOptions) => ({
    items: this.#selected(labelSelector, namespace),
    resourceVersion: `${this.#version}`,
  });

  async *watch(
    _: unknown,
    { labelSelector = '', namespace, signal, onOpen }: WatchOptions,
  ): AsyncGenerator<WatchEvent> {
    this.watches.push(namespace === undefined ? labelSelector : `${labelSelector} in ${namespace}`);
    const isSelected = selecting(labelSelector, namespace);
    const queue: WatchEvent[] = [];
    let wake = Promise.withResolvers<void>();
    const tell = (before: KubeObject | undefined, after: KubeObject | undefined): void => {
      if (isSelected(after))
        queue.push({ type: isSelected(before) ? 'MODIFIED' : 'ADDED', object: after as KubeObject });
      else if (isSelected(before)) queue.push({ type: 'DELETED', object: (after ?? before) as KubeObject });
      wake.resolve();
    };
    this.#streams.add(tell);
    signal?.addEventListener('abort', () => wake.resolve());
    onOpen?.();
    while (signal?.aborted !== true) {
      await wake.promise;
      wake = Promise.withResolvers<void>();
      yield* queue.splice(0);
    }
  }

  #selected(selector: string, namespace: string | undefined): KubeObject[] {
    return [...this.objects.values()].filter(selecting(selector, namespace));
  }
}

function selecting(selector: string, namespace: string | undefined) {
  const matches = labelMatcher(selector) ?? (() => true);
  return (object: KubeObject | undefined): boolean =>
    object !== undefined &&
    matches(object.metadata?.labels ?? {}) &&
    (namespace === undefined || object.metadata?.namespace === namespace);
}

interface WatchOptions {
  readonly labelSelector?: string;
  readonly namespace?: string;
  readonly signal?: AbortSignal;
  readonly onOpen?: () => void;
}

type Request = Omit<WatchRequest<ConfigMap>, 'type'>;

async function follow(lifetime: Lifetime, server: Server, ...requests: Request[]) {
  return await followIn([], lifetime, server, ...requests);
}

async function followIn(
  namespaces: readonly string[],
  lifetime: Lifetime,
  server: Server,
  ...requests: Request[]
) {
  const client = server as unknown as ConstructorParameters<typeof SharedInformers>[0]['client'];
  const informers = new SharedInformers({ client, clock: systemClock, logger: silentLogger, namespaces });
  const views = requests.map((request) => informers.watch({ type: resources.configMaps, ...request }));
  const opened = informers.open();
  for (const informer of opened) lifetime.spawn(informer.name, (signal) => informer.start(signal));
  await Promise.all(views.map(({ synced }) => synced.until(Boolean)));
  return { informers, views, names: opened.map(({ name }) => name) };
}

function until(what: string, check: () => boolean): Promise<unknown> {
  return waitUntil(what, async () => check(), { clock: systemClock, deadlineMs: 5000, intervalMs: 1 });
}

function namesIn(view: InformerView<ConfigMap> | undefined): string[] {
  return (view?.list() ?? []).map(({ metadata }) => metadata?.name ?? '').sort();
}

test('views of different values of one label share a watch, and each sees its own', async () => {
  await using lifetime = new Lifetime();
  const server = new Server();
  server.set('one', 'a');
  server.set('two', 'b');
  server.set('three', 'c');
  const { views, names } = await follow(
    lifetime,
    server,
    { labelSelector: 'app=a' },
    { labelSelector: 'app=b' },
  );
  expect(views.map(namesIn)).toEqual([['one'], ['two']]);
  await until('the watch', () => server.watches.length > 0);
  expect(server.watches).toEqual(['app in (a,b)']);
  expect(names).toEqual(['informer configmaps']);
});

test('one whose label changes goes from one view to the other', async () => {
  await using lifetime = new Lifetime();
  const server = new Server();
  server.set('one', 'a');
  const { views } = await follow(lifetime, server, { labelSelector: 'app=a' }, { labelSelector: 'app=b' });
  await until('the watch', () => server.watches.length > 0);
  const seen: string[] = [];
  for (const [i, view] of views.entries())
    view.subscribe(({ type, object }) => seen.push(`${i} ${type} ${object.metadata?.labels?.app}`));
  server.set('one', 'b');
  server.set('one', undefined);
  await until('the end of it', () => seen.length === 3);
  expect(seen).toEqual(['0 deleted b', '1 added b', '1 deleted b']);
});

test('what cannot be one watch is several, told apart by name', async () => {
  await using lifetime = new Lifetime();
  const server = new Server();
  const requests: Request[] = [
    { labelSelector: 'app=a' },
    { labelSelector: 'tier=a' },
    { labelSelector: 'app!=c' },
    { namespace: 'other' },
    { fieldSelector: 'metadata.name=x' },
    { trim: (raw) => raw },
  ];
  const { names } = await follow(lifetime, server, ...requests);
  expect(names).toEqual([
    'informer configmaps',
    'informer configmaps (tier=a)',
    'informer configmaps (app!=c)',
    'informer configmaps (other)',
    'informer configmaps (metadata.name=x)',
    'informer configmaps (6)',
  ]);
});

test('of several namespaces each is watched on its own, and a view sees what is in any of them', async () => {
  await using lifetime = new Lifetime();
  const server = new Server();
  server.set('one', 'a', 'first');
  server.set('two', 'a', 'second');
  server.set('three', 'a', 'third');
  const requests = [{ labelSelector: 'app=a' }, { labelSelector: 'app=b' }, { namespace: 'third' }];
  const { views, names } = await followIn(['first', 'second'], lifetime, server, ...requests);
  expect(views.map(namesIn)).toEqual([['one', 'two'], [], ['three']]);
  expect(names).toEqual([
    'informer configmaps',
    'informer configmaps (second app in (a,b))',
    'informer configmaps (third)',
  ]);
  await until('the watches', () => server.watches.length === 3);
  server.set('four', 'b', 'second');
  server.set('five', 'b', 'elsewhere');
  server.set('six', 'b', 'first');
  await until('the last change', () => views[1]?.get('first/six') !== undefined);
  expect(views.map(namesIn)).toEqual([['one', 'two'], ['four', 'six'], ['three']]);
});

test('indexes are each view’s own', async () => {
  await using lifetime = new Lifetime();
  const server = new Server();
  server.set('one', 'a');
  const byApp = { index: ({ metadata }: ConfigMap) => [metadata?.labels?.app ?? ''] };
  const byName = { index: ({ metadata }: ConfigMap) => [metadata?.name ?? ''] };
  const { views } = await follow(lifetime, server, { indexes: byApp }, { indexes: byName });
  expect(views.map((view) => view.byIndex('index', 'a').length)).toEqual([1, 0]);
  expect(views.map((view) => view.byIndex('index', 'one').length)).toEqual([0, 1]);
});

test('a watch that is declared too late is refused', async () => {
  await using lifetime = new Lifetime();
  const { informers } = await follow(lifetime, new Server(), {});
  expect(() => informers.watch({ type: resources.pods })).toThrow('declared before they begin');
});

test('a subscriber that throws keeps nobody else from hearing', async () => {
  await using lifetime = new Lifetime();
  const server = new Server();
  const { views } = await follow(lifetime, server, {});
  await until('the watch', () => server.watches.length > 0);
  const seen: string[] = [];
  views[0]?.subscribe(() => {
    throw new Error('mine');
  });
  views[0]?.subscribe(({ type }) => seen.push(type));
  server.set('one', 'a');
  await until('the event', () => seen.length === 1);
});

const step = fc.tuple(fc.constantFrom('x', 'y', 'z'), fc.constantFrom('a', 'b', 'c', undefined));
const selectors = fc.array(fc.constantFrom('', 'app=a', 'app in (a,b)', 'app'), {
  minLength: 2,
  maxLength: 4,
});

test('after any history each view holds what a watch of its own would', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step), fc.array(step), selectors, async (before, after, wanted) => {
      await using lifetime = new Lifetime();
      const server = new Server();
      for (const [name, app] of before) server.set(name, app);
      const requests = wanted.map((labelSelector) => ({ labelSelector }));
      const { views } = await follow(lifetime, server, ...requests);
      await until('the watch', () => server.watches.length > 0);
      const replayed = views.map((view) => replay(view));
      for (const [name, app] of after) server.set(name, app);
      server.set('last', 'a');
      await until('the last change', () => views.every((view) => view.get('ns/last') !== undefined));
      for (const [i, view] of views.entries()) {
        const matches = labelMatcher(wanted[i] ?? '') ?? (() => false);
        const expected = [...server.objects.values()].filter(({ metadata }) =>
          matches(metadata?.labels ?? {}),
        );
        expect(namesIn(view)).toEqual(expected.map(({ metadata }) => metadata?.name).sort());
        expect([...(replayed[i] ?? [])].sort()).toEqual(namesIn(view));
      }
    }),
    { numRuns: 50 },
  );
});

/** Names of what is there, as its events tell it. */
function replay(view: InformerView<ConfigMap>): Set<string> {
  const names = new Set(namesIn(view));
  view.subscribe(({ type, object }: InformerEvent<ConfigMap>) => {
    const name = object.metadata?.name ?? '';
    expect(names.has(name)).toBe(type !== 'added');
    if (type === 'deleted') names.delete(name);
    else names.add(name);
  });
  return names;
}
