import type { AdmissionRule } from '../admission/admission.ts';
import {
  all,
  between,
  type Condition,
  equals,
  every,
  implies,
  matches,
  not,
  optional,
  sameText,
  size,
} from '../admission/condition.ts';
import { phisonPlugins } from './phison-plugins.ts';

const unbounded = Number.MAX_SAFE_INTEGER;
const actions = 'spec.recovery.actions';

/** A text that was there stays what it was, or the warning is said. */
const unchanged = (place: string): Condition =>
  implies(size(`before.${place}`, 1, unbounded), sameText(place, `before.${place}`));

/** What an AidaptivCache is accepted with, but hardly meant to be. */
export const aidaptivCacheWarnings: readonly AdmissionRule[] = [
  {
    name: 'any-nvme',
    field: 'spec.discovery.match',
    message:
      'spec.discovery.match AnyNvme takes every NVMe drive that is empty and unused for the cache, whatever it was bought for',
    holds: not(equals('spec.discovery.match', 'AnyNvme')),
  },
  {
    name: 'firmware-skip',
    field: 'spec.firmware.check',
    message: 'spec.firmware.check Skip also takes drives whose firmware nobody has tried with a cache',
    holds: not(equals('spec.firmware.check', 'Skip')),
  },
  {
    name: 'no-actions',
    field: actions,
    message: 'spec.recovery.mode is Auto, and spec.recovery.actions is empty, so nothing would be done',
    holds: not(all(equals('spec.recovery.mode', 'Auto'), size(actions, 0, 0))),
  },
  {
    name: 'taint-no-execute',
    field: 'spec.recovery.taint',
    message:
      'spec.recovery.taint NoExecute ends every pod of a node with a failed drive that does not tolerate phison.com/ai100-unhealthy, not only those that use the cache',
    holds: not(equals('spec.recovery.taint', 'NoExecute')),
  },
  {
    name: 'path-changed',
    field: 'spec.cache',
    on: ['UPDATE'],
    message:
      'spec.cache.hostPath or podPath was changed: pods that run keep the cache where it is in them until they are made anew',
    holds: all(unchanged('spec.cache.hostPath'), unchanged('spec.cache.podPath')),
  },
  {
    name: 'deleted-while-used',
    field: 'status.units.allocated',
    on: ['DELETE'],
    message:
      'pods had units of the cache (status.units.allocated): they keep them, and pods that come later get none',
    holds: not(between('before.status.units.allocated', 1, unbounded)),
  },
];

/** The same of a PhisonDeviceOperator. */
export const phisonDeviceOperatorWarnings: readonly AdmissionRule[] = [
  {
    name: 'unsupported-plugin',
    field: 'spec.plugins',
    message:
      'spec.plugins has a plugin that nobody runs any more: only those with device-plugin or node-discovery in their pluginname are taken over',
    holds: optional('spec.plugins', every('spec.plugins', matches('item.pluginname', phisonPlugins))),
  },
  {
    name: 'no-plugin',
    field: 'spec.plugins',
    message: 'spec.plugins has no plugin, so the AidaptivCache has its defaults',
    holds: size('spec.plugins', 1, unbounded),
  },
];
