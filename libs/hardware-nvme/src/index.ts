export {
  type Ai100Match,
  type Ai100Rule,
  ai100Matches,
  defaultAi100Pattern,
  isAi100,
  isFirmwareAllowed,
} from './ai100.ts';
export { type BlockSnapshot, hasNonRotationalDisk, scanBlockDevices } from './block-devices.ts';
export { type NvmeController, type NvmeNamespace, nvmeControllers } from './controllers.ts';
export {
  maxControllers,
  type NvmeSnapshot,
  type RawNvmeController,
  type RawNvmeNamespace,
  scanNvme,
} from './scan.ts';
export { decodeSmartLog, smartLogBytes } from './smart/decode-smart.ts';
export { parseSmartJson } from './smart/parse-smart-json.ts';
export { dataUnitBytes, type SmartLog, type WarningBit, warningBits, warningsOf } from './smart/smart-log.ts';
