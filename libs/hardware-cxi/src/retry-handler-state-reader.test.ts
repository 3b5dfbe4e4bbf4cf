import { expect, test } from '@jest/globals';
import { silentLogger } from '@rackwright/core';
import type { HostReader } from '@rackwright/host';
import { formatRetryHandlerState, type RetryHandlerEntry } from './retry-handler-state.ts';
import { entriesByDevice, RetryHandlerStateReader } from './retry-handler-state-reader.ts';

const entry: RetryHandlerEntry = {
  ...{ device: 'cxi0', state: 'Running', restarts: 0 },
  ...{ since: '2026-01-01T00:00:00.000Z', rebootRequired: false },
};
const state = { version: 1, updatedAt: 'now', onCrash: 'restart', handlers: [entry] } as const;

test('the state is read anew only when the file says something else, and complained of once', () => {
  let text: string | undefined;
  const warnings: string[] = [];
  const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) };
  const reader = new RetryHandlerStateReader({ readText: () => text } as unknown as HostReader, logger);
  expect(reader.read()).toEqual({ kind: 'absent' });
  text = formatRetryHandlerState(state);
  const seen = reader.read();
  expect(seen).toEqual({ kind: 'state', state });
  expect(reader.read()).toBe(seen);
  text = '{';
  for (const _ of ['once', 'twice']) expect(reader.read()).toMatchObject({ kind: 'unreadable' });
  expect(warnings).toHaveLength(1);
  text = undefined;
  expect(reader.read()).toEqual({ kind: 'absent' });
});

test('while the file makes no sense, what it said before counts', () => {
  let text: string | undefined = '{';
  const reader = new RetryHandlerStateReader({ readText: () => text } as unknown as HostReader);
  expect(entriesByDevice(reader.read())).toEqual(new Map());
  text = formatRetryHandlerState(state);
  reader.read();
  for (text of ['{', '{"version":9}']) {
    expect(reader.read().kind).toBe('unreadable');
    expect(entriesByDevice(reader.read())).toEqual(new Map([['cxi0', entry]]));
  }
});

test('entries are found by device, none while nothing is known', () => {
  expect(entriesByDevice({ kind: 'state', state })).toEqual(new Map([['cxi0', entry]]));
  expect(entriesByDevice({ kind: 'absent' })).toEqual(new Map());
});
