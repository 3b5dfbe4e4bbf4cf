export {
  type NdNamespace,
  type NdRegion,
  parseNdctlList,
  parseNdctlNamespace,
} from './ndctl/parse-list.ts';
export {
  type PersistentMemory,
  type PmemMode,
  type PmemNamespace,
  type PmemRegion,
  persistentMemory,
} from './persistent-memory.ts';
export { maxNdDevices, type PmemSnapshot, type RawNdDevice, scanPmem } from './scan.ts';
