import { defineOptions } from '@rackwright/service';
import { fileSystemTypes } from '@rackwright/storage';
import { mountPath, podPath, seconds, within } from './checks.ts';

/** Names LVM takes. */
const lvmName = (name: string): string | undefined =>
  /^[A-Za-z0-9_+.][A-Za-z0-9_+.-]{0,62}$/.test(name) && !/^\.\.?$/.test(name)
    ? undefined
    : 'must be at most 63 letters, digits and _ + . -, the last not in front';

const refusedOptions = ['ro', 'remount', 'bind', 'move', 'loop'];

function mountOptions(list: readonly string[]): string | undefined {
  const wrong = list.find(
    (option) =>
      !/^[a-z0-9_=.-]+$/.test(option) || refusedOptions.includes(option) || option.startsWith('context='),
  );
  return wrong === undefined
    ? undefined
    : `must not hold ${wrong}: neither ${refusedOptions.join(', ')} nor context=, only a-z 0-9 _ = . -`;
}

const powerOfTwo = (kib: number): string | undefined =>
  within(4, 1024)(kib) ?? (Number.isInteger(Math.log2(kib)) ? undefined : 'must be a power of two');

/** How the cache is made and mounted: `spec.cache` of an AidaptivCache. */
export const cacheOptions = defineOptions({
  cacheLayout: {
    flag: 'cache-layout',
    type: 'string',
    default: 'Striped',
    choices: ['Striped', 'PerDevice'],
    description: 'One volume striped over all drives, or one for each.',
  },
  cacheMinDevices: {
    flag: 'cache-min-devices',
    type: 'integer',
    default: 1,
    description: 'Fewest drives a cache is made of.',
    validate: within(1, 32),
  },
  cacheExpectedDevices: {
    flag: 'cache-expected-devices',
    type: 'integer',
    default: 0,
    description: 'Drives to wait for before a cache is made; 0 for those that are found.',
    validate: within(0, 32),
  },
  cacheSettle: {
    flag: 'cache-settle',
    type: 'duration',
    default: '30s',
    description: 'How long the drives must stay the same before a cache is made of them.',
    validate: seconds(0, 600),
  },
  cacheVolumeGroup: {
    flag: 'cache-volume-group',
    type: 'string',
    default: 'vg_aidaptiv',
    description: 'Volume group of the cache.',
    validate: lvmName,
  },
  cacheLogicalVolume: {
    flag: 'cache-logical-volume',
    type: 'string',
    default: 'cache',
    description: 'Logical volume of the cache.',
    validate: lvmName,
  },
  cacheStripeSizeKiB: {
    flag: 'cache-stripe-size-kib',
    type: 'integer',
    default: 128,
    description: 'Size of a stripe in KiB.',
    validate: powerOfTwo,
  },
  cacheFilesystem: {
    flag: 'cache-filesystem',
    type: 'string',
    default: 'xfs',
    choices: fileSystemTypes,
    description: 'File system of a new cache.',
  },
  cacheMountOptions: {
    flag: 'cache-mount-options',
    type: 'list',
    lastWins: true,
    default: 'noatime,nosuid,nodev',
    description: 'Options the cache is mounted with.',
    validate: mountOptions,
  },
  cacheHostPath: {
    flag: 'cache-host-path',
    type: 'string',
    default: '/mnt/nvme0',
    description: 'Where on the host the cache is mounted.',
    validate: mountPath,
  },
  cachePodPath: {
    flag: 'cache-pod-path',
    type: 'string',
    default: '',
    description: 'Where the cache is in containers; empty for where it is on the host.',
    validate: (path) => (path === '' ? undefined : podPath(path)),
  },
  cacheAdopt: {
    flag: 'cache-adopt',
    type: 'string',
    default: 'IfMatching',
    choices: ['Never', 'IfMatching'],
    description: 'Whether a cache that somebody made on AI100 drives is taken over with its data.',
  },
  cacheCreate: {
    flag: 'cache-create',
    type: 'boolean',
    default: true,
    description: 'Whether a cache may be made; without, one that is there is mounted.',
  },
  cacheDataPolicy: {
    flag: 'cache-data-policy',
    type: 'string',
    default: 'Preserve',
    choices: ['Preserve', 'Ephemeral'],
    description:
      'Whether the data of a lost cache is missed. Only with Ephemeral may Rebuild, of --recovery-actions, make it anew.',
  },
  clusterId: {
    flag: 'cluster-id',
    env: 'CLUSTER_ID',
    type: 'string',
    default: '',
    description: 'Tells this cluster from others; a digest of it is among the tags of the volume.',
  },
});
