export { formatAgentSnapshot, parseAgentSnapshot } from './agent/parse-snapshot.ts';
export {
  type AgentAllocation,
  type AgentBlocker,
  type AgentCache,
  type AgentDevice,
  type AgentSnapshot,
  agentSnapshotFile,
} from './agent/snapshot.ts';
export {
  type Ai100Match,
  type Ai100Rule,
  ai100Matches,
  defaultAi100Pattern,
  isAi100,
  isFirmwareAllowed,
} from './ai100.ts';
export { type BlockSnapshot, hasNonRotationalDisk, scanBlockDevices } from './block-devices.ts';
export { type NvmeController, type NvmeNamespace, nvmeControllers, type PciLink } from './controllers.ts';
export { type Disk, scanDisks } from './disks.ts';
export { type DriveDetails, type NamespaceUse, readDriveDetails, readHwmonCelsius } from './drive-details.ts';
export { clearQuarantine, type DeviceHealth, evaluateHealth, quarantine } from './health/evaluate.ts';
export {
  controllerFacts,
  type Observation,
  type SmartMiss,
  type SmartOutcome,
  type TemperatureThresholds,
} from './health/observation.ts';
export { defaultHealthRules, type HealthRules } from './health/rules.ts';
export { type Severity, type Signal, smartUnreadableReason, toolMissingReason } from './health/signals.ts';
export { type HealthState, healthStates, isAllocatable } from './health/state.ts';
export { type ControllerIdentity, parseIdController } from './identify/parse-id-controller.ts';
export { type MappedVolume, scanMappedVolumes } from './mapped-volumes.ts';
export {
  maxControllers,
  type NvmeSnapshot,
  type RawNvmeController,
  type RawNvmeNamespace,
  scanNvme,
} from './scan.ts';
export {
  type DriveSelection,
  type FirmwareCheck,
  firmwareChecks,
  type SelectionReason,
  type SelectionRules,
  selectDrives,
} from './selection.ts';
export { decodeSmartLog, smartLogBytes } from './smart/decode-smart.ts';
export { parseSmartJson } from './smart/parse-smart-json.ts';
export { dataUnitBytes, type SmartLog, type WarningBit, warningBits, warningsOf } from './smart/smart-log.ts';
export { type UnitIds, unitIds } from './unit-ids.ts';
