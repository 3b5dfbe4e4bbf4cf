import { type TreeEntry, valueFiles } from '../host/tree.ts';
import type { NicFunction } from './nic.ts';

/** device/properties of a physical or virtual function. */
export function propertiesTree(nic: NicFunction): TreeEntry[] {
  return valueFiles(`${nic.folder}/properties`, {
    nic_addr: `0x${nic.nid.toString(16)}`,
    nid: `0x${nic.nid.toString(16)}`,
    pid_bits: 9,
    pid_count: 511,
    pid_granule: 256,
    min_free_shift: 0,
    rdzv_get_idx: 0,
    rdzv_get_en: 1,
    hpc_mtu: 2112,
    speed: nic.spec.speedMbps ?? 200000,
    link: nic.spec.link === 'down' ? 0 : 1,
    rev: nic.generation === 1 ? 2 : 1,
    proto: 0,
    platform: 0,
    system_type_identifier: 0,
    cassini_version: nic.spec.cassiniVersion ?? (nic.generation === 1 ? '1.1' : '2.0'),
    uc_nic: nic.slot % 2,
    num_ptes: 2048,
    num_txqs: 1024,
    num_tgqs: 512,
    num_eqs: 2047,
    num_cts: 2047,
    num_acs: 1022,
    num_tles: 2048,
    num_les: 16384,
    rgids_avail: nic.kind === 'pf' ? 255 : 16,
    pct_eq: 0,
    driver_rev: nic.spec.driverRev ?? '9ce667e',
    current_esm_link_speed: 'Disabled',
    pcie_corr_err: 0,
    pcie_uncorr_err: 0,
    amo_remap_to_pcie_fadd: -1,
    ats_enabled: 0,
  });
}
