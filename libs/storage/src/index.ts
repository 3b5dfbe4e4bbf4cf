export { deviceNumber } from './device-number.ts';
export { boundedDisks } from './disk/bounded-disks.ts';
export type { DiskAccess, DiskRef, OpenDisk } from './disk/disk.ts';
export { diskAccess } from './disk/disk-access.ts';
export { type DiskUser, diskUsers } from './disk/users.ts';
export { type FileSystemUse, FileSystemUseReader } from './file-system-use.ts';
export {
  type FileSystemSpec,
  type FileSystemType,
  fileSystemTypes,
  makeFileSystem,
  mkfsCommand,
} from './file-systems.ts';
export { type ClosedGate, closedGate, type DiskObservation, type DiskPermission } from './gates/gates.ts';
export { type DiskWatch, type HeldDisk, observeDisk } from './gates/observe-disk.ts';
export {
  HostTools,
  type HostToolsOptions,
  type ToolCommand,
  type ToolEntry,
  ToolError,
} from './host-tools.ts';
export { type GroupVersion, readGroupVersion } from './lvm/group-version.ts';
export {
  type LogicalVolumeSpec,
  Lvm,
  type LvmOptions,
  type PhysicalVolumeSpec,
  type SizedVolumeSpec,
  type VolumeGroupSpec,
  type VolumeName,
} from './lvm/lvm.ts';
export { parseLvmReport } from './lvm/parse-report.ts';
export type { LogicalVolume, LvmReport, PhysicalVolume, VolumeGroup } from './lvm/report.ts';
export { hostMounts, isReadOnly, type MountSpec, mount, mountAt, mountOver, unmount } from './mounts.ts';
export { NvmeCli, type NvmeCliOptions } from './nvme-cli.ts';
export {
  type FolderQuota,
  hasProjectQuota,
  limitFolder,
  projectQuotaOption,
  usedProjects,
} from './project-quota.ts';
export {
  listSignatures,
  type Probe,
  parseSignatures,
  probeSignatures,
  type Signature,
} from './signatures.ts';
