import { createHash } from 'node:crypto';

/** Tags by which LVM keeps what is known of a volume; they outlive everything but the disks. */
export const cacheTag = {
  /** Of group and volume: this agent made it or took it over. */
  managed: 'ai100.managed',
  /** The volume holds nothing yet: its file system may be made again. */
  formatting: 'ai100.formatting',
  /** The volume may hold data. */
  ready: 'ai100.ready',
} as const;

const clusterPrefix = 'ai100.cluster=';
const fileSystemPrefix = 'ai100.fs=';

/** The tag that names the cluster; none where the cluster has no name. */
export function clusterTags(clusterId: string): string[] {
  return clusterId === '' ? [] : [clusterPrefix + digest(clusterId).slice(0, 16)];
}

/** Whether a volume bears the tag of another cluster. */
export function isOfAnotherCluster(tags: readonly string[], clusterId: string): boolean {
  const [own] = clusterTags(clusterId);
  const named = tags.filter((tag) => tag.startsWith(clusterPrefix));
  return own !== undefined && named.length > 0 && !named.includes(own);
}

/** A file system by type and uuid. */
export interface FileSystemIdentity {
  readonly type: string;
  readonly uuid: string;
}

/** The tag that says which file system a ready volume has. */
export function fileSystemTag({ type, uuid }: FileSystemIdentity): string {
  return `${fileSystemPrefix}${type}/${uuid}`;
}

/** What that tag says; undefined if there is none, or more than one. */
export function taggedFileSystem(tags: readonly string[]): FileSystemIdentity | undefined {
  const found = tags.filter((tag) => tag.startsWith(fileSystemPrefix));
  const [, type, uuid] = /^ai100\.fs=([a-z0-9]+)\/([0-9A-Za-z-]+)$/.exec(found[0] ?? '') ?? [];
  return found.length === 1 && type !== undefined && uuid !== undefined ? { type, uuid } : undefined;
}

/** The uuid of the file system that is made on a volume: the same however often it is made. */
export function fileSystemUuid(lvUuid: string): string {
  const hex = digest(`ai100 file system of ${lvUuid}`);
  // Version 8 and the variant of RFC 9562: contents of one's own choice.
  const variant = '89ab'[Number.parseInt(hex.charAt(16), 16) % 4];
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

/** Which of the volumes a group is for: `vg3` of `vg` is the fourth; any other is the first. */
export function volumeIndex(group: string, base: string): number {
  const rest = group.startsWith(base) ? group.slice(base.length) : '';
  return /^\d{1,3}$/.test(rest) ? Number(rest) : 0;
}

/** Where the volume with this index is mounted: `/mnt/nvme0`, `/mnt/nvme1`. */
export function volumeHostPath(hostPath: string, index: number): string {
  const [, stem = hostPath, last] = /^(.*?)(\d+)$/.exec(hostPath) ?? [];
  if (last === undefined) return index === 0 ? hostPath : `${hostPath}${index}`;
  return `${stem}${String(Number(last) + index).padStart(last.length, '0')}`;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
