import { errorMessage, HwError, type Logger } from '@rackwright/core';
import { HostFiles, type HostRoot } from '@rackwright/host';
import { kubelet } from '@rackwright/keys';
import { type CdiEdits, type CdiSpec, parseCdiSpec } from './cdi-spec.ts';

/** Longest spec that is read, in bytes. */
const maxSpecBytes = 4 * 1024 * 1024;

/** Reads the CDI specs of a node and resolves device names, as a container runtime does. */
export class CdiRegistry {
  readonly #files: HostFiles;
  readonly #folders: readonly string[];
  readonly #logger: Logger;

  constructor(host: HostRoot, logger: Logger) {
    this.#files = new HostFiles(host, { maxBytes: maxSpecBytes });
    // Later folders win.
    this.#folders = [host.etc('cdi'), '/var/run/cdi'];
    this.#logger = logger;
  }

  /**
   * The edits of some devices together, those common to their specs first.
   *
   * @param names fully qualified: `vendor/class=device`
   * @throws HwError NotFound naming every device that cannot be resolved
   */
  resolve(names: readonly string[]): CdiEdits {
    if (names.length === 0) return { env: [], deviceNodes: [], mounts: [] };
    const devices = this.#devices();
    const missing = names.filter((name) => !devices.has(name));
    if (missing.length > 0) throw new HwError('NotFound', `unresolvable CDI devices ${missing.join(', ')}`);
    const specs = new Set<CdiSpec>();
    const edits: CdiEdits[] = [];
    for (const name of names) {
      const found = devices.get(name);
      if (found === undefined) continue;
      if (!specs.has(found.spec)) edits.push(found.spec.common);
      specs.add(found.spec);
      edits.push(found.edits);
    }
    return {
      env: edits.flatMap((one) => one.env),
      deviceNodes: edits.flatMap((one) => one.deviceNodes),
      mounts: edits.flatMap((one) => one.mounts),
    };
  }

  /** Every device by full name; one that two specs of the same folder define counts as none. */
  #devices(): Map<string, { readonly spec: CdiSpec; readonly edits: CdiEdits }> {
    const all = new Map<string, { readonly spec: CdiSpec; readonly edits: CdiEdits }>();
    for (const folder of this.#folders) {
      const here = new Set<string>();
      for (const spec of this.#specs(folder)) {
        for (const [device, edits] of spec.devices) {
          const name = `${spec.kind}=${device}`;
          if (here.has(name)) {
            this.#logger.warn('two CDI specs define the same device', { device: name, folder });
            all.delete(name);
          } else {
            all.set(name, { spec, edits });
          }
          here.add(name);
        }
      }
    }
    return all;
  }

  #specs(folder: string): CdiSpec[] {
    const names = this.#files
      .list(folder)
      .filter((name) => /\.(json|ya?ml)$/.test(name))
      .sort();
    return names.flatMap((name) => {
      const text = this.#files.readText(`${folder}/${name}`);
      if (text === undefined) return [];
      try {
        return [parseCdiSpec(text, `${folder}/${name}`)];
      } catch (error) {
        this.#logger.warn('a CDI spec is not used', { error: errorMessage(error) });
        return [];
      }
    });
  }
}

/** CDI devices named in container annotations `cdi.k8s.io/…`. */
export function annotatedCdiDevices(annotations: Readonly<Record<string, string>>): string[] {
  return Object.entries(annotations)
    .filter(([key]) => key.startsWith(kubelet.cdiAnnotationPrefix))
    .flatMap(([, value]) => value.split(',').map((name) => name.trim()));
}
