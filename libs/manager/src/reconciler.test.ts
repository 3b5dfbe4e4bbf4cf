import { expect, test } from '@jest/globals';
import type { Action, ActionOutcome } from '@rackwright/controller';
import { TerminalError } from '@rackwright/controller';
import { ManualClock, silentLogger } from '@rackwright/core';
import { type EventNote, KubeError, type Regarding, resourceType } from '@rackwright/kube';
import {
  type Attempt,
  type ReconcilePlan,
  Reconciler,
  type Report,
  type StoredObject,
} from './reconciler.ts';

const things = resourceType({
  ...{ group: 'test.io', version: 'v1', plural: 'things', kind: 'Thing', namespaced: true },
});
const thing: StoredObject = { metadata: { name: 'x', namespace: 'ns', uid: 'u' }, status: { ready: false } };
const action: Action = {
  verb: 'update',
  object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'owned', namespace: 'ns' } },
  why: ['data.a'],
};
const { signal } = new AbortController();

/** What a controller of Things decides and meets; everything it does is written down. */
interface Script {
  readonly object?: StoredObject | undefined;
  readonly notOursMs?: number;
  readonly actions?: readonly Action[];
  readonly againAfterMs?: number;
  readonly carryOut?: (actions: readonly Action[]) => readonly ActionOutcome[];
  readonly report?: (attempt: Attempt) => Report | undefined;
}

function start(script: Script) {
  const done: unknown[] = [];
  const clock = new ManualClock();
  const steps = {
    ...{ type: things, fieldManager: 'us', logField: 'thing' },
    takeSnapshot: (key: string) => key,
    objectOf: () => ('object' in script ? script.object : thing),
    notOursMs: async () => script.notOursMs,
    plan: (): ReconcilePlan => ({ actions: script.actions ?? [], againAfterMs: script.againAfterMs }),
    carryOut: async (_: string, { actions }: ReconcilePlan) => {
      done.push(`carried out ${actions.length}`);
      return script.carryOut?.(actions) ?? actions.map((one) => ({ action: one }));
    },
    report: async (_: string, _plan: ReconcilePlan, attempt: Attempt) =>
      script.report?.(attempt) ?? { status: { ready: true }, events: [] },
    ownStatus: ({ heartbeat: _, ...own }: { heartbeat?: string }) => own,
  };
  const client = {
    patch: async (type: unknown, key: object, patch: object, options: object) => {
      done.push({ key, patch, options });
      return type;
    },
  };
  const emit = (regarding: Regarding, { reason }: EventNote): void => {
    done.push(`${regarding.kind} ${regarding.namespace}/${regarding.name} ${reason}`);
  };
  const options = { client: client as never, events: { emit }, clock, logger: silentLogger };
  return { reconciler: new Reconciler(steps, options), done, clock };
}

function refused(status: number): KubeError {
  return new KubeError('Conflict', `refused ${status}`, { status, reason: 'Any' });
}

test('events are told, and a status that changed is written to the very object that was seen', async () => {
  const event: EventNote = { type: 'Normal', reason: 'RolledOut', message: 'done' };
  const { reconciler, done } = start({ report: () => ({ status: { ready: true }, events: [event] }) });
  expect(await reconciler.reconcile('ns/x', signal)).toEqual({});
  expect(done).toEqual([
    'carried out 0',
    'Thing ns/x RolledOut',
    {
      key: { namespace: 'ns', name: 'x' },
      patch: { metadata: { uid: 'u' }, status: { ready: true } },
      options: { strategy: 'merge', subresource: 'status', signal, fieldManager: 'us' },
    },
  ]);
});

test('a status that is as it was is not written, whatever others keep in it', async () => {
  const object = { ...thing, status: { ready: true, heartbeat: 'now' } };
  const { reconciler, done } = start({ object });
  await reconciler.reconcile('ns/x', signal);
  expect(done).toEqual(['carried out 0']);
});

test('an object that is not ours is left alone and looked at again', async () => {
  const { reconciler, done } = start({ notOursMs: 10_000 });
  expect(await reconciler.reconcile('ns/x', signal)).toEqual({ requeueAfterMs: 10_000 });
  expect(done).toEqual([]);
});

test('of an object that is gone what it left is planned, and nothing is told', async () => {
  const { reconciler, done } = start({ object: undefined, notOursMs: 10_000, actions: [action] });
  await reconciler.reconcile('ns/x', signal);
  expect(done).toEqual(['carried out 1']);
});

test('the shortest of all waits counts', async () => {
  const report = (): Report => ({ status: {}, events: [], againAfterMs: 2000 });
  const { reconciler } = start({ againAfterMs: 3000, report });
  expect(await reconciler.reconcile('ns/x', signal)).toEqual({ requeueAfterMs: 2000 });
});

test('a refused action is in the report, and it is tried again', async () => {
  const error = refused(403);
  const attempts: Attempt[] = [];
  const report = (attempt: Attempt): Report => {
    attempts.push(attempt);
    return { status: {}, events: [] };
  };
  const { reconciler } = start({ actions: [action], carryOut: () => [{ action, error }], report });
  await expect(reconciler.reconcile('ns/x', signal)).rejects.toBe(error);
  expect(attempts[0]?.failure).toEqual({ message: 'refused 403', terminal: false, action });
});

test('what the API server finds invalid is not tried again until something changes', async () => {
  const { reconciler } = start({ actions: [action], carryOut: () => [{ action, error: refused(422) }] });
  await expect(reconciler.reconcile('ns/x', signal)).rejects.toBeInstanceOf(TerminalError);
});

test('somebody who wrote first is no failure: nothing is told', async () => {
  const error = refused(409);
  const { reconciler, done } = start({
    carryOut: () => {
      throw error;
    },
  });
  await expect(reconciler.reconcile('ns/x', signal)).rejects.toBe(error);
  expect(done).toEqual(['carried out 0']);
});

test('what does not last is put off, told of meanwhile, and tried again later', async () => {
  const drifts: number[] = [];
  const report = ({ drifted }: Attempt): Report => {
    drifts.push(drifted.length);
    return { status: {}, events: [] };
  };
  const carryOut = (actions: readonly Action[]) =>
    actions.map((one) => ({ action: one, object: one.object, unapplied: ['data.a'] }));
  const { reconciler, done, clock } = start({ actions: [action], carryOut, report });
  const { requeueAfterMs = 0 } = await reconciler.reconcile('ns/x', signal);
  expect(requeueAfterMs).toBeGreaterThan(0);
  await reconciler.reconcile('ns/x', signal);
  await clock.advance(requeueAfterMs);
  await reconciler.reconcile('ns/x', signal);
  const carried = done.filter((one) => typeof one === 'string');
  expect(carried).toEqual(['carried out 1', 'carried out 0', 'carried out 1']);
  expect(drifts).toEqual([1, 1, 1]);
});
