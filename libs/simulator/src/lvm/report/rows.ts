import type { HostRoot } from '@rackwright/host';
import { isOpen, mappedVolume } from '../active-volumes.ts';
import { MAPPER_MAJOR, mapperName } from '../device-mapper.ts';
import {
  extentsPerStripe,
  freeExtents,
  freeRuns,
  type Group,
  type GroupLv,
  type GroupPv,
  usedRuns,
} from '../group.ts';
import { DATA_START } from '../label.ts';
import { diskOf, type FoundPv, missingPvs, type Scan } from '../scan.ts';

/** A row of a report: what each column says. A number is a size in bytes. */
export type Row = Readonly<Record<string, string | number>>;

const METADATA_BYTES = 1_044_480;
const METADATA_FREE = 520_192;

/** What a report says of a volume group, in LVM's own order of columns. */
export function groupRow(scan: Scan, group: Group): Row {
  const extent = group.extentSectors * 512;
  const count = group.pvs.reduce((sum, { peCount }) => sum + peCount, 0);
  const free = group.pvs.reduce((sum, pv) => sum + freeExtents(group, pv), 0);
  const missing = missingPvs(scan, group).length;
  const areas = `${group.pvs.length - missing}`;
  return {
    ...{ vg_fmt: 'lvm2', vg_uuid: group.id, vg_name: group.name },
    vg_attr: missing > 0 ? 'wz-pn-' : 'wz--n-',
    ...{
      vg_permissions: 'writeable',
      vg_extendable: 'extendable',
      vg_exported: '',
      vg_autoactivation: 'enabled',
    },
    vg_partial: missing > 0 ? 'partial' : '',
    ...{ vg_allocation_policy: 'normal', vg_clustered: '', vg_shared: '' },
    ...{
      vg_size: count * extent,
      vg_free: free * extent,
      vg_sysid: group.systemId,
      vg_systemid: group.systemId,
    },
    ...{ vg_lock_type: '', vg_lock_args: '', vg_extent_size: extent },
    ...{ vg_extent_count: `${count}`, vg_free_count: `${free}`, max_lv: '0', max_pv: '0' },
    ...{
      pv_count: `${group.pvs.length}`,
      vg_missing_pv_count: `${missing}`,
      lv_count: `${group.lvs.length}`,
    },
    ...{ snap_count: '0', vg_seqno: `${group.seqno}`, vg_tags: tagList(group.tags), vg_profile: '' },
    ...{
      vg_mda_count: areas,
      vg_mda_used_count: areas,
      vg_mda_free: METADATA_FREE,
      vg_mda_size: METADATA_BYTES,
    },
    vg_mda_copies: 'unmanaged',
  };
}

/** What a report says of a physical volume of a group; a missing one has no name. */
export function pvRow(scan: Scan, group: Group, pv: GroupPv): Row {
  const disk = diskOf(scan, pv);
  const extent = group.extentSectors * 512;
  const free = freeExtents(group, pv);
  const missing = disk === undefined;
  return {
    ...pvHead(pv.id, disk?.path ?? '[unknown]', disk?.device ?? '0:0', disk?.bytes ?? 0, missing),
    ...{ pv_size: pv.peCount * extent, pv_free: free * extent, pv_used: (pv.peCount - free) * extent },
    ...{ pv_attr: missing ? 'a-m' : 'a--', pv_allocatable: 'allocatable', pv_exported: '' },
    ...{
      pv_missing: missing ? 'missing' : '',
      pv_pe_count: `${pv.peCount}`,
      pv_pe_alloc_count: `${pv.peCount - free}`,
    },
    ...pvTail(tagList(pv.tags), missing ? '0' : '1', 'used'),
  };
}

/** What a report says of a physical volume that is in no group. */
export function orphanRow({ disk, label }: FoundPv): Row {
  return {
    ...pvHead(label.uuid, disk.path, disk.device ?? '0:0', disk.bytes, false),
    ...{
      pv_size: disk.bytes,
      pv_free: disk.bytes,
      pv_used: 0,
      pv_attr: '---',
      pv_allocatable: '',
      pv_exported: '',
    },
    ...{ pv_missing: '', pv_pe_count: '0', pv_pe_alloc_count: '0' },
    ...pvTail('', '1', ''),
  };
}

function pvHead(uuid: string, name: string, device: string, bytes: number, missing: boolean): Row {
  const [major = '0', minor = '0'] = device.split(':');
  return {
    ...{ pv_fmt: 'lvm2', pv_uuid: uuid, dev_size: bytes, pv_name: name, pv_major: major, pv_minor: minor },
    ...{ pv_mda_free: missing ? 0 : METADATA_FREE, pv_mda_size: missing ? 0 : METADATA_BYTES },
    ...{ pv_ext_vsn: missing ? '' : '2', pe_start: DATA_START },
  };
}

function pvTail(tags: string, areas: string, inUse: string): Row {
  return {
    ...{ pv_tags: tags, pv_mda_count: areas, pv_mda_used_count: areas, pv_ba_start: 0, pv_ba_size: 0 },
    ...{ pv_in_use: inUse, pv_duplicate: '', pv_device_id: '', pv_device_id_type: '' },
  };
}

/** What a report says of a segment: here a volume has one. */
export function segmentRow(scan: Scan, group: Group, lv: GroupLv): Row {
  const count = `${lv.stripes.length}`;
  const names = lv.stripes.map(({ pv, start }) => ({ name: nameOf(scan, group, pv), start }));
  const ranges = names.map(({ name, start }) => `${name}:${start}-${start + extentsPerStripe(lv) - 1}`);
  return {
    ...{ segtype: lv.stripes.length > 1 ? 'striped' : 'linear', stripes: count, data_stripes: count },
    ...{ reshape_len: '', reshape_len_le: '', data_copies: '1', data_offset: '', new_data_offset: '' },
    ...{
      parity_chunks: '',
      stripe_size: lv.stripeSectors * 512,
      region_size: 0,
      chunk_size: 0,
      thin_count: '',
    },
    ...{
      discards: '',
      cache_metadata_format: '',
      cache_mode: '',
      zero: 'unknown',
      transaction_id: '',
      thin_id: '',
    },
    ...{
      seg_start: 0,
      seg_start_pe: '0',
      seg_size: lv.extents * group.extentSectors * 512,
      seg_size_pe: `${lv.extents}`,
    },
    ...{
      seg_tags: '',
      seg_pe_ranges: ranges.join(' '),
      seg_le_ranges: ranges.join(','),
      seg_metadata_le_ranges: '',
    },
    ...{
      devices: names.map(({ name, start }) => `${name}(${start})`).join(','),
      metadata_devices: '',
      seg_monitor: '',
    },
    ...{ cache_policy: '', cache_settings: '' },
    ...empty(vdoColumns),
    lv_uuid: lv.id,
  };
}

function nameOf(scan: Scan, group: Group, pv: string): string {
  const found = group.pvs.find(({ name }) => name === pv);
  return (found && diskOf(scan, found)?.path) ?? '[unknown]';
}

/** Runs of extents of all disks of a group, those that are free too. */
export function pvSegmentRows(group: Group): Row[] {
  return group.pvs.flatMap((pv) =>
    [...usedRuns(group, pv).map((run) => ({ ...run, uuid: run.lv.id })), ...freeOf(group, pv)]
      .sort((a, b) => a.start - b.start)
      .map(({ start, count, uuid }) => ({
        ...{ pvseg_start: `${start}`, pvseg_size: `${count}`, pv_uuid: pv.id, lv_uuid: uuid },
      })),
  );
}

function freeOf(group: Group, pv: GroupPv): { start: number; count: number; uuid: string }[] {
  return freeRuns(group, pv).map((run) => ({ ...run, uuid: '' }));
}

/** What a report says of a logical volume. */
export function lvRow(root: HostRoot, scan: Scan, group: Group, lv: GroupLv): Row {
  const missing = missingPvs(scan, group);
  const partial = lv.stripes.some(({ pv }) => missing.some(({ name }) => name === pv));
  const mapped = mappedVolume(root, group, lv);
  const active = mapped !== undefined;
  const open = active && isOpen(root, mapped);
  const when = (word: string): string => (active ? word : '');
  return {
    ...{ lv_uuid: lv.id, lv_name: lv.name, lv_full_name: `${group.name}/${lv.name}` },
    lv_path: `/dev/${group.name}/${lv.name}`,
    lv_dm_path: `/dev/mapper/${mapperName({ group: group.name, volume: lv.name })}`,
    ...{ lv_parent: '', lv_layout: lv.stripes.length > 1 ? 'striped' : 'linear', lv_role: 'public' },
    ...empty(['lv_initial_image_sync', 'lv_image_synced', 'lv_merging', 'lv_converting']),
    ...{
      lv_allocation_policy: 'inherit',
      lv_allocation_locked: '',
      lv_fixed_minor: '',
      lv_skip_activation: '',
    },
    ...{ lv_autoactivation: 'enabled', lv_when_full: '', lv_active: when('active') },
    ...{
      lv_active_locally: when('active locally'),
      lv_active_remotely: '',
      lv_active_exclusively: when('active exclusively'),
    },
    ...{ lv_major: '-1', lv_minor: '-1', lv_read_ahead: 'auto' },
    ...{ lv_size: lv.extents * group.extentSectors * 512, lv_metadata_size: '', seg_count: '1' },
    ...empty(raidColumns),
    ...{ raidintegritymode: '', raidintegrityblocksize: '-1', integritymismatches: '' },
    ...empty(poolColumns),
    ...{
      lv_tags: tagList(lv.tags),
      lv_profile: '',
      lv_lockargs: '',
      lv_time: time(lv.createdAt),
      lv_time_removed: '',
    },
    ...{ lv_host: lv.host, lv_modules: '', lv_historical: '', writecache_block_size: '-1' },
    ...{
      lv_kernel_major: active ? `${MAPPER_MAJOR}` : '-1',
      lv_kernel_minor: active ? `${mapped.minor}` : '-1',
    },
    lv_kernel_read_ahead: active ? readAhead(lv) : '-1',
    ...{ lv_permissions: active ? 'writeable' : 'unknown', lv_suspended: active ? '' : 'unknown' },
    ...{
      lv_live_table: active ? 'live table present' : 'unknown',
      lv_inactive_table: active ? '' : 'unknown',
    },
    lv_device_open: active ? (open ? 'open' : '') : 'unknown',
    ...empty(percentColumns),
    ...{ lv_health_status: partial ? 'partial' : '', kernel_discards: '' },
    ...{ lv_check_needed: 'unknown', lv_merge_failed: 'unknown', lv_snapshot_invalid: 'unknown' },
    ...empty(cacheColumns),
    lv_attr: `-wi-${active ? 'a' : '-'}${open ? 'o' : '-'}--${partial ? 'p' : '-'}-`,
  };
}

/** Twice a whole stripe, and no less than the kernel's own. */
function readAhead({ stripes, stripeSectors }: GroupLv): number {
  return Math.max(131_072, 2 * stripes.length * stripeSectors * 512);
}

function tagList(tags: readonly string[]): string {
  return [...tags].sort().join(',');
}

/** `2026-11-29 22:43:40 +0000` */
function time(seconds: number): string {
  const text = new Date(seconds * 1000).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 19)} +0000`;
}

function empty(columns: readonly string[]): Row {
  return Object.fromEntries(columns.map((column) => [column, '']));
}

const words = (text: string): string[] => text.split(' ');
const raidColumns = words(
  'origin origin_uuid origin_size lv_ancestors lv_full_ancestors lv_descendants lv_full_descendants raid_mismatch_count raid_sync_action raid_write_behind raid_min_recovery_rate raid_max_recovery_rate',
);
const poolColumns = words(
  'move_pv move_pv_uuid convert_lv convert_lv_uuid mirror_log mirror_log_uuid data_lv data_lv_uuid metadata_lv metadata_lv_uuid pool_lv pool_lv_uuid',
);
const percentColumns = words(
  'data_percent snap_percent metadata_percent copy_percent sync_percent cache_total_blocks cache_used_blocks cache_dirty_blocks cache_read_hits cache_read_misses cache_write_hits cache_write_misses kernel_cache_settings kernel_cache_policy kernel_metadata_format',
);
const cacheColumns = words(
  'vdo_operating_mode vdo_compression_state vdo_index_state vdo_used_size vdo_saving_percent writecache_total_blocks writecache_free_blocks writecache_writeback_blocks writecache_error',
);
const vdoColumns = words(
  'vdo_compression vdo_deduplication vdo_use_metadata_hints vdo_minimum_io_size vdo_block_map_cache_size vdo_block_map_era_length vdo_use_sparse_index vdo_index_memory_size vdo_slab_size vdo_ack_threads vdo_bio_threads vdo_bio_rotation vdo_cpu_threads vdo_hash_zone_threads vdo_logical_threads vdo_physical_threads vdo_max_discard vdo_write_policy vdo_header_size',
);
