import * as z from 'zod';
import { described, int32, text } from '../schema/fields.ts';
import { withRules } from '../schema/rule.ts';
import {
  expectedDevicesRule,
  hostPathRule,
  lvmNameRule,
  mountOptionRule,
  podPathRule,
  stripeSizeRule,
} from './cache-rules.ts';

/** Longest path of a cache. */
const maxPath = 256;

/** `.spec.cache`: what is made of the drives. */
export const volumeSchema = withRules(
  z.object({
    layout: described(
      z.enum(['Striped', 'PerDevice']).default('Striped'),
      'Striped makes one volume over all drives of a node, PerDevice one of each.',
    ),
    minDevices: described(int32(1, 32).default(1), 'Fewest drives a cache is made of.'),
    expectedDevices: described(
      int32(0, 32).default(0),
      'Drives to wait for before a cache is made; 0 for those that are found.',
    ),
    settleSeconds: described(
      int32(0, 600).default(30),
      'How long the drives must stay the same before a cache is made of them.',
    ),
    volumeGroup: described(
      withRules(text(63), [lvmNameRule('spec.cache.volumeGroup')]).default('vg_aidaptiv'),
      'LVM volume group of the cache. Fixed once it is rolled out.',
    ),
    logicalVolume: described(
      withRules(text(63), [lvmNameRule('spec.cache.logicalVolume')]).default('cache'),
      'LVM logical volume of the cache. Fixed once it is rolled out.',
    ),
    stripeSizeKiB: described(
      withRules(int32(4, 1024), [stripeSizeRule]).default(128),
      'Size of a stripe, a power of two.',
    ),
    filesystem: described(z.enum(['xfs', 'ext4']).default('xfs'), 'File system of a new cache.'),
    mountOptions: described(
      z
        .array(withRules(text(64), [mountOptionRule]))
        .max(32)
        .default(['noatime', 'nosuid', 'nodev']),
      'Options the cache is mounted with.',
    ),
    hostPath: described(
      withRules(text(maxPath), [hostPathRule]).default('/mnt/nvme0'),
      'Where on the node the cache is mounted.',
    ),
    podPath: described(
      withRules(text(maxPath), [podPathRule]).optional(),
      'Where the cache is in containers. Left out, where it is on the node.',
    ),
    adopt: described(
      z.enum(['Never', 'IfMatching']).default('IfMatching'),
      'Whether a cache that somebody made on AI100 drives, in a volume group vg_aidaptiv or ai, is taken over with its data.',
    ),
    create: described(
      z.boolean().default(true),
      'Whether a cache may be made on empty drives. Without, one that is there is mounted.',
    ),
    dataPolicy: described(
      z.enum(['Preserve', 'Ephemeral']).default('Preserve'),
      'Ephemeral says that the data of a lost cache is not missed: the recovery action Rebuild may make it anew.',
    ),
  }),
  [expectedDevicesRule],
);
