/** One mount, as in proc_pid_mountinfo(5). */
export interface Mount {
  readonly id: number;
  readonly parentId: number;
  /** `major:minor` of the file system's device. */
  readonly device: string;
  /** Path inside the file system that is mounted. */
  readonly root: string;
  readonly mountPoint: string;
  readonly options: readonly string[];
  /** What is mounted below it appears in other mount namespaces, too. */
  readonly shared: boolean;
  readonly fsType: string;
  readonly source: string;
  /** Of the file system, for all its mounts. */
  readonly superOptions: readonly string[];
}

/** Reads /proc/PID/mountinfo; lines it does not understand are left out. */
export function parseMountinfo(text: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    const fields = line.split(' ');
    const dash = fields.indexOf('-', 6);
    const [id, parentId, device, root, mountPoint, options] = fields;
    const [fsType, source, superOptions = ''] = fields.slice(dash + 1);
    if (
      dash < 6 ||
      !device ||
      !root ||
      !mountPoint ||
      options === undefined ||
      !fsType ||
      source === undefined
    )
      return [];
    return [
      {
        id: Number(id),
        parentId: Number(parentId),
        device,
        root: unescapeOctal(root),
        mountPoint: unescapeOctal(mountPoint),
        options: options.split(','),
        shared: fields.slice(6, dash).some((field) => field.startsWith('shared:')),
        fsType,
        source: unescapeOctal(source),
        superOptions: superOptions.split(','),
      },
    ];
  });
}

/** The kernel writes space, tab, newline and backslash as three octal digits. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
