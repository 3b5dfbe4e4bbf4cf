import { type HostFolder, type HostReader, ifReadable, OpenFolder } from '@rackwright/host';
import { readDeviceNode } from './device-node.ts';
import { cxiNames } from './scan.ts';
import type { CxiSnapshot } from './snapshot.ts';

/** Attributes below `properties` whose change agents act on at once. */
const watched = ['link', 'pct_eq'] as const;

/** What is known of a host whose devices could never be listed. */
const nothing: CxiSnapshot = { entries: [], devices: [], complete: false };

/**
 * Tells cheaply whether something changed since a snapshot: the set of
 * devices, a link, a retry handler or a device node.
 */
export class CxiProbe implements Disposable {
  readonly #files: HostReader;
  readonly #devices: readonly { readonly name: string; readonly folder: HostFolder | undefined }[];
  readonly #expected: string;

  /** @param snapshot what is known of the host; undefined while its devices could never be listed */
  constructor(files: HostReader, snapshot: CxiSnapshot = nothing) {
    this.#files = files;
    const budget = { free: watched.length * snapshot.devices.length };
    this.#devices = snapshot.devices.map(({ name, folder }) => ({
      name,
      folder: folder === undefined ? undefined : new OpenFolder(files, `${folder}/properties`, budget),
    }));
    // Compared with what the scan could not read, every look would be a change.
    this.#expected = isWhole(snapshot) ? expectation(snapshot) : this.#look();
  }

  /** True if the host no longer looks as the snapshot says. */
  changed(): boolean {
    return this.#look() !== this.#expected;
  }

  [Symbol.dispose](): void {
    for (const { folder } of this.#devices) folder?.[Symbol.dispose]();
  }

  #look(): string {
    const files = this.#files;
    const seen = this.#devices.map(({ name, folder }) => {
      orCode(() => folder?.refresh());
      const values = watched.map((file) => orCode(() => folder?.readTrimmed(file)));
      return line(
        name,
        values,
        orCode(() => readDeviceNode(files, name).present),
      );
    });
    return [orCode(() => cxiNames(files).join()), ...seen].join('\n');
  }
}

/** What `look` returns, or the error in its place: that it begins or ends is a change. */
function orCode<T>(look: () => T): T | string {
  let code = '';
  const value = ifReadable(undefined, look, (failure) => {
    code = failure.code;
  });
  return code === '' ? (value as T) : code;
}

function isWhole({ complete, unlisted, devices }: CxiSnapshot): boolean {
  return complete && unlisted === undefined && devices.every(({ unread }) => unread.size === 0);
}

function expectation({ entries, devices }: CxiSnapshot): string {
  const lines = devices.map(({ name, text, devNode }) => {
    const values = watched.map((file) => text[`properties/${file}`]);
    return line(name, values, devNode.present);
  });
  return [entries.join(), ...lines].join('\n');
}

function line(name: string, values: readonly (string | undefined)[], node: boolean | string): string {
  return [name, ...values, node].join('|');
}
