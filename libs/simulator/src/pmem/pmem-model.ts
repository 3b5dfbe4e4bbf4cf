import type { HardwareModel } from '../host/model.ts';
import { pmemTree } from './pmem-tree.ts';
import type { PmemState } from './region.ts';

/** The persistent memory of a host as its state and the files that show it. */
export const pmemModel: HardwareModel<PmemState> = { name: 'pmem', tree: pmemTree };
