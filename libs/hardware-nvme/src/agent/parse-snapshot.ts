import { fail, HwError, ok, type Result } from '@rackwright/core';
import { healthStates } from '../health/state.ts';
import { Fields } from './fields.ts';
import type { AgentAllocation, AgentBlocker, AgentCache, AgentDevice, AgentSnapshot } from './snapshot.ts';

/** Writes the snapshot with a final newline. */
export function formatAgentSnapshot(snapshot: AgentSnapshot): string {
  return `${JSON.stringify(snapshot)}\n`;
}

/**
 * Reads a snapshot. Fields it does not know are ignored, so that a newer agent may
 * write more; the error names the first field that is wrong.
 */
export function parseAgentSnapshot(text: string): Result<AgentSnapshot> {
  try {
    return ok(snapshotOf(new Fields(JSON.parse(text), '')));
  } catch (cause) {
    if (cause instanceof HwError) return fail(cause);
    return fail(new HwError('InvalidArgument', 'the snapshot is not JSON', { cause }));
  }
}

function snapshotOf(fields: Fields): AgentSnapshot {
  const version = fields.count('schemaVersion');
  if (version !== 1)
    throw new HwError('Unsupported', `schemaVersion ${version} is not known; 1 is`, {
      field: 'schemaVersion',
    });
  return {
    schemaVersion: 1,
    time: fields.time('time'),
    pollSeconds: fields.count('pollSeconds'),
    resource: fields.text('resource'),
    devices: fields.list('devices', deviceOf),
    caches: fields.list('caches', cacheOf),
    units: fields.object('units', (units) => ({
      capacity: units.count('capacity'),
      healthy: units.count('healthy'),
      ...units.optional('allocated', (name) => units.count(name)),
      ...units.optional('allocations', (name) => units.list(name, allocationOf)),
    })),
    transitions: fields.list('transitions', (one) => ({
      serial: one.text('serial'),
      from: one.choice('from', healthStates),
      to: one.choice('to', healthStates),
      count: one.count('count'),
    })),
    recoveryActions: fields.list('recoveryActions', (one) => ({
      action: one.text('action'),
      result: one.text('result'),
      count: one.count('count'),
    })),
  };
}

function deviceOf(fields: Fields): AgentDevice {
  const text = <K extends string>(name: K): { readonly [P in K]?: string } =>
    fields.optional(name, () => fields.text(name));
  return {
    serial: fields.text('serial'),
    controller: fields.text('controller'),
    ...text('namespace'),
    ...text('pciAddress'),
    ...text('model'),
    ...text('firmware'),
    ...fields.optional('numaNode', (name) => fields.count(name)),
    ...fields.optional('sizeBytes', (name) => fields.bytes(name)),
    managed: fields.flag('managed'),
    eligible: fields.flag('eligible'),
    ...text('reason'),
    firmwareCompliant: fields.flag('firmwareCompliant'),
    ...text('unitId'),
    health: fields.choice('health', healthStates),
    healthSince: fields.time('healthSince'),
    healthMessage: fields.text('healthMessage'),
    ...fields.optional('smart', (name) =>
      fields.object(name, (smart) => ({ time: smart.time('time'), json: smart.text('json') })),
    ),
    ...fields.optional('thresholds', (name) => fields.object(name, thresholdsOf)),
    ...fields.optional('error', (name) =>
      fields.object(name, (error) => ({
        source: error.text('source'),
        message: error.text('message'),
        since: error.time('since'),
      })),
    ),
    resetsLastHour: fields.count('resetsLastHour'),
  };
}

function thresholdsOf(fields: Fields): NonNullable<AgentDevice['thresholds']> {
  return {
    ...fields.optional('warningCelsius', (name) => fields.count(name)),
    ...fields.optional('criticalCelsius', (name) => fields.count(name)),
  };
}

function cacheOf(fields: Fields): AgentCache {
  return {
    layout: fields.choice('layout', ['Striped', 'PerDevice']),
    state: fields.text('state'),
    vg: fields.object('vg', (vg) => ({
      name: vg.text('name'),
      sizeBytes: vg.bytes('sizeBytes'),
      freeBytes: vg.bytes('freeBytes'),
      missingPvs: vg.count('missingPvs'),
    })),
    ...fields.optional('lv', (name) => fields.object(name, volumeOf)),
    ...fields.optional('mount', (name) => fields.object(name, mountOf)),
    blockers: fields.list('blockers', blockerOf),
  };
}

function volumeOf(fields: Fields): NonNullable<AgentCache['lv']> {
  return {
    name: fields.text('name'),
    uuid: fields.text('uuid'),
    sizeBytes: fields.bytes('sizeBytes'),
    stripes: fields.count('stripes'),
    stripeBytes: fields.bytes('stripeBytes'),
    healthy: fields.flag('healthy'),
    devices: fields.texts('devices'),
  };
}

function mountOf(fields: Fields): NonNullable<AgentCache['mount']> {
  const bytes = <K extends string>(name: K): { readonly [P in K]?: string } =>
    fields.optional(name, () => fields.bytes(name));
  return {
    path: fields.text('path'),
    source: fields.text('source'),
    fsType: fields.text('fsType'),
    options: fields.texts('options'),
    readOnly: fields.flag('readOnly'),
    identityOk: fields.flag('identityOk'),
    ...bytes('sizeBytes'),
    ...bytes('usedBytes'),
    ...bytes('availableBytes'),
    ...bytes('files'),
    ...bytes('filesFree'),
  };
}

function blockerOf(fields: Fields): AgentBlocker {
  return {
    ...fields.optional('gate', (name) => fields.count(name)),
    name: fields.text('name'),
    ...fields.optional('serial', (name) => fields.text(name)),
    detail: fields.text('detail'),
  };
}

function allocationOf(fields: Fields): AgentAllocation {
  return {
    unitId: fields.text('unitId'),
    namespace: fields.text('namespace'),
    pod: fields.text('pod'),
    container: fields.text('container'),
  };
}
