import type { TarEntry } from '@rackwright/testbed/without-nodes';

/**
 * The numbers behind an image's USER: `number`, `number:number` or names of the
 * image's own passwd and group. What cannot be told counts as root.
 */
export function parseUser(user: string, files: ReadonlyMap<string, TarEntry>): { uid: number; gid: number } {
  const [name = '', group] = user.split(':');
  const account = fieldsOf(files.get('etc/passwd'), name, 2);
  const uid = /^\d+$/.test(name) ? Number(name) : Number(account?.[2] ?? 0);
  const ownGroup = Number(account?.[3] ?? 0);
  if (group === undefined) return { uid, gid: ownGroup };
  const gid = /^\d+$/.test(group)
    ? Number(group)
    : Number(fieldsOf(files.get('etc/group'), group, 2)?.[2] ?? 0);
  return { uid, gid };
}

/** The line of a passwd or group file that is about a name or, in field `id`, a number. */
function fieldsOf(file: TarEntry | undefined, wanted: string, id: number): string[] | undefined {
  const lines =
    file?.data
      .toString('utf8')
      .split('\n')
      .map((line) => line.split(':')) ?? [];
  return lines.find((fields) => fields[0] === wanted || (wanted !== '' && fields[id] === wanted));
}
