import type { TarEntry } from '@rackwright/testbed/without-nodes';
import { nameOf } from './file-system.ts';
import { parseUser } from './user.ts';

/** What a look into an image shows; everything but `programs` is a violation. */
export interface Findings {
  /** Why the user is not acceptable. */
  readonly user: readonly string[];
  readonly setId: readonly string[];
  readonly worldWritable: readonly string[];
  /** What the image's own user could change. */
  readonly writable: readonly string[];
  /** Shells, package managers and installers. */
  readonly tools: readonly string[];
  readonly capabilities: readonly string[];
  /** Executables outside of libraries. */
  readonly programs: readonly string[];
}

const shells = ['sh', 'ash', 'bash', 'dash', 'ksh', 'zsh', 'csh', 'fish', 'busybox', 'toybox'];
const packageManagers = [
  ...['npm', 'npx', 'corepack', 'yarn', 'pnpm', 'pip', 'pip3'],
  ...['apt', 'apt-get', 'dpkg', 'apk', 'rpm', 'yum', 'dnf', 'microdnf', 'zypper'],
  ...['curl', 'wget'],
];
const unwanted = new Set([...shells, ...packageManagers]);

/** Looks at every file of an image. */
export function findingsOf(files: ReadonlyMap<string, TarEntry>, user: string): Findings {
  const who = parseUser(user, files);
  const all = [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  const paths = (matches: (entry: TarEntry) => boolean): string[] =>
    all.filter(matches).map(({ path }) => `/${path}`);
  return {
    user: who.uid === 0 ? [`runs as root (USER ${user || 'is not set'})`] : [],
    // A hard link is the file itself; of a folder set-gid means something else.
    setId: paths((entry) => isReal(entry) && entry.type !== 'directory' && (entry.mode & 0o6000) !== 0),
    worldWritable: paths((entry) => isReal(entry) && (entry.mode & 0o002) !== 0 && !isSticky(entry)),
    writable: paths((entry) => isReal(entry) && mayWrite(entry, who)),
    tools: paths((entry) => entry.type !== 'directory' && unwanted.has(nameOf(entry.path))),
    capabilities: paths(({ xattrs }) => xattrs.has('security.capability')),
    programs: paths((entry) => /(^|\/)s?bin\/[^/]+$/.test(entry.path) && entry.type !== 'directory'),
  };
}

/** One sentence per violation. */
export function violationsOf(image: string, findings: Findings): string[] {
  const sentences: readonly [readonly string[], string][] = [
    [findings.setId, 'has the set-uid or set-gid bit'],
    [findings.worldWritable, 'is writable by everybody'],
    [findings.writable, "is writable by the image's user"],
    [findings.tools, 'is a shell or installs things'],
    [findings.capabilities, 'carries capabilities'],
  ];
  return [
    ...findings.user.map((why) => `${image}: ${why}`),
    ...sentences.flatMap(([paths, what]) => paths.map((path) => `${image}: ${path} ${what}`)),
  ];
}

/** The mode of a link means nothing. */
function isReal({ type }: TarEntry): boolean {
  return type !== 'symlink';
}

/** In a folder such as /tmp everybody may add but not replace. */
function isSticky({ type, mode }: TarEntry): boolean {
  return type === 'directory' && (mode & 0o1000) !== 0;
}

function mayWrite(entry: TarEntry, { uid, gid }: { uid: number; gid: number }): boolean {
  // Root may write everything; that is told once, about the user.
  if (uid === 0 || isSticky(entry)) return false;
  if (entry.uid === uid) return (entry.mode & 0o200) !== 0;
  return entry.gid === gid && (entry.mode & 0o020) !== 0;
}
