import { readFile } from 'node:fs/promises';
import {
  type NdNamespace,
  type NdRegion,
  parseNdctlList,
  parseNdctlNamespace,
} from '@rackwright/hardware-pmem';
import type { HostTools } from '@rackwright/storage';

/** A namespace to be made. */
export interface NamespaceSpec {
  readonly bus: string;
  readonly region: string;
  readonly mode: 'fsdax' | 'sector';
  /** What it takes of its region. */
  readonly bytes: bigint;
  readonly name: string;
  /** Chosen before, so that a crash in between leaves something that is known to be ours. */
  readonly uuid: string;
}

/** Namespaces keep a table of their pages in themselves, which takes its time on large ones. */
const creationDeadlineMs = 300_000;
const maxListBytes = 16 * 1024 * 1024;

/** ndctl as typed commands. Nothing is forced but the end of a namespace and that of what a raw one holds. */
export class Ndctl {
  readonly #tools: HostTools;

  constructor(tools: HostTools) {
    this.#tools = tools;
  }

  /** All regions with their namespaces, in the order of their names. */
  async list(signal: AbortSignal): Promise<NdRegion[]> {
    const options = { signal, maxOutputBytes: maxListBytes };
    const found = parseNdctlList(await this.#tools.expect(['ndctl', 'list', '-BRNDi', '-v'], options));
    return found.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  }

  async createNamespace(spec: NamespaceSpec, signal: AbortSignal): Promise<NdNamespace> {
    const { bus, region, mode, bytes, name, uuid } = spec;
    const how = mode === 'sector' ? ['--sector-size', '4096'] : ['--map', 'dev', '--align', '2M'];
    const place = ['--bus', bus, '--region', region];
    const what = ['--mode', mode, '--size', `${bytes}`, '--name', name, '--uuid', uuid];
    return parseNdctlNamespace(
      await this.#tools.expect(['ndctl', 'create-namespace', ...place, ...what, ...how], {
        signal,
        deadlineMs: creationDeadlineMs,
      }),
    );
  }

  /** Makes a namespace without a name fsdax; what it holds is lost. The kernel refuses while it is in use. */
  async makeFsdax(
    { bus, region, device }: { readonly bus: string; readonly region: string; readonly device: string },
    signal: AbortSignal,
  ): Promise<NdNamespace> {
    const how = ['--force', '--mode', 'fsdax', '--bus', bus, '--region', region, '--reconfig', device];
    const options = { signal, deadlineMs: creationDeadlineMs };
    return parseNdctlNamespace(await this.#tools.expect(['ndctl', 'create-namespace', ...how], options));
  }

  /** Takes a namespace away, though it is enabled; the kernel refuses while it is in use. */
  async destroyNamespace(device: string, signal?: AbortSignal): Promise<void> {
    const options = { deadlineMs: creationDeadlineMs, ...(signal && { signal }) };
    await this.#tools.expect(['ndctl', 'destroy-namespace', '--force', device], options);
  }

  /** Makes the block device of a namespace appear. */
  async enableNamespace(device: string, signal: AbortSignal): Promise<void> {
    await this.#tools.expect(['ndctl', 'enable-namespace', device], { signal });
  }

  /** What a namespace takes of its region, which the list does not tell. */
  async rawBytes({ device, sizeBytes }: NdNamespace): Promise<bigint> {
    const { root } = this.#tools;
    const path = root.path(root.sys('bus', 'nd', 'devices', device, 'size'));
    const text = (await readFile(path, 'utf8').catch(() => '')).trim();
    return /^\d{1,20}$/.test(text) ? BigInt(text) : sizeBytes;
  }
}
