export { CachedFiles } from './cached-files.ts';
export {
  type DurableFileOptions,
  removeFileDurable,
  removeLeftovers,
  writeFileDurable,
} from './durable-file.ts';
export { HostFiles, type HostFilesLimits } from './host-files.ts';
export type { HostFileStat, HostReader } from './host-reader.ts';
export { HostRoot } from './host-root.ts';
export { type KeyPair, type KeyPairPaths, readAuthorities, readKeyPair } from './key-pair.ts';
export { type MakeFolderOptions, makeFolder, makeFolderSync } from './make-folder.ts';
export { type Mount, parseMountinfo } from './mountinfo.ts';
export { NotingReader } from './noting-reader.ts';
export { type HostFolder, type OpenFileBudget, OpenFolder } from './open-folder.ts';
export { RenewedFiles, type RenewedFilesOptions } from './renewed-files.ts';
export type { ProcessRunner, RunOptions, RunOutcome } from './run.ts';
export { type Straggler, SystemProcessRunner } from './system-process-runner.ts';
export {
  formatFailures,
  ifPresent,
  ifReadable,
  isAbsence,
  type ReadFailure,
  UnreadableError,
} from './unreadable.ts';
