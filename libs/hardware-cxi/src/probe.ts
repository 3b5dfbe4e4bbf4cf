import { type HostFiles, type HostFolder, OpenFolder } from '@rackwright/host';
import { readDeviceNode } from './device-node.ts';
import { cxiNames } from './scan.ts';
import type { CxiSnapshot } from './snapshot.ts';

/** Attributes below `properties` whose change agents act on at once. */
const watched = ['link', 'pct_eq'] as const;

/**
 * Tells cheaply whether something changed since a snapshot: the set of
 * devices, a link, a retry handler or a device node.
 */
export class CxiProbe implements Disposable {
  readonly #files: HostFiles;
  readonly #devices: readonly { readonly name: string; readonly folder: HostFolder | undefined }[];
  readonly #expected: string;

  constructor(files: HostFiles, snapshot: CxiSnapshot) {
    this.#files = files;
    const budget = { free: watched.length * snapshot.devices.length };
    this.#devices = snapshot.devices.map(({ name, folder }) => ({
      name,
      folder: folder === undefined ? undefined : new OpenFolder(files, `${folder}/properties`, budget),
    }));
    // What a scan cut short did not read would differ for ever.
    this.#expected = snapshot.complete ? expectation(snapshot) : this.#look();
  }

  /** True if the host no longer looks as the snapshot says. */
  changed(): boolean {
    return this.#look() !== this.#expected;
  }

  [Symbol.dispose](): void {
    for (const { folder } of this.#devices) folder?.[Symbol.dispose]();
  }

  #look(): string {
    const seen = this.#devices.map(({ name, folder }) => {
      folder?.refresh();
      const values = watched.map((file) => folder?.readTrimmed(file));
      return line(name, values, readDeviceNode(this.#files, name).present);
    });
    return [cxiNames(this.#files).join(), ...seen].join('\n');
  }
}

function expectation({ entries, devices }: CxiSnapshot): string {
  const lines = devices.map(({ name, text, devNode }) => {
    const values = watched.map((file) => text[`properties/${file}`]);
    return line(name, values, devNode.present);
  });
  return [entries.join(), ...lines].join('\n');
}

function line(name: string, values: readonly (string | undefined)[], node: boolean): string {
  return [name, ...values, node].join('|');
}
