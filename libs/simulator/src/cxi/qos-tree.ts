import { type TreeEntry, valueFile, valueFiles } from '../host/tree.ts';
import type { NicFunction } from './nic.ts';

const blocks =
  'pi_ipd pi mb cq pct hni rmu ixe atu ee parbs lpe mst oxe pi_ext cq_ext pct_ext hni_ext ixe_ext atu_ext lpe_ext oxe_ext'.split(
    ' ',
  );

/** device/err_flgs_irqa: two 32-bit words per mask, all flags unmasked. */
export function errorFlagTree(nic: NicFunction): TreeEntry[] {
  const names = nic.generation === 1 ? [...blocks, 'hni_pml'] : blocks;
  return names.flatMap((name) =>
    valueFiles(`${nic.folder}/err_flgs_irqa/${name}`, {
      mask: '00000000,00000000',
      no_print_mask: '00000000,00000000',
      no_auto_mask: '00000000,00000000',
    }),
  );
}

const classes = ['dedicated_access', 'low_latency', 'bulk_data', 'best_effort'];
const ethernet = ['ethernet_shared', 'ethernet1', 'ethernet2'];

/** device/traffic_classes with the default HPC profile. */
export function trafficClassTree(nic: NicFunction): TreeEntry[] {
  const base = `${nic.folder}/traffic_classes`;
  return [
    valueFile(`${base}/active_qos_profile`, 'HPC'),
    valueFile(`${base}/untagged_eth_pcp`, 0),
    ...classes.flatMap((name) => valueFiles(`${base}/${name}`, { assured_bw: 25, ceiling_bw: 100 })),
    ...ethernet.flatMap((name) => valueFiles(`${base}/ethernet/${name}`, { assured_bw: 0, ceiling_bw: 100 })),
  ];
}
