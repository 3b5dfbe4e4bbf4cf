import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, type JsonObject, parseObject } from '../process/json.ts';
import { type ClusterState, parseRebalance, textsOf, versionOf } from './cluster-state.ts';
import type { Role } from './smap.ts';
import { parseSmap, smapText } from './smap-json.ts';

/** Folders of one node, as paths of this machine. */
export interface NodeFolders {
  readonly confdir: string;
  readonly mountpaths: readonly string[];
  /** The two files of the command line. */
  readonly initialConfig: readonly string[];
}

/** What a decommissioned node leaves behind. */
export interface Wipe {
  readonly removeUserData: boolean;
  readonly keepInitialConfig: boolean;
}

/**
 * What a node keeps over a restart, where the real one keeps it: a proxy in its confdir, a target
 * also on each of its mountpaths. The contents are JSON, not AIStore's own format.
 */
export class StateFiles {
  readonly #role: Role;
  readonly #folders: NodeFolders;

  constructor(role: Role, folders: NodeFolders) {
    this.#role = role;
    this.#folders = folders;
  }

  /** What was kept; parts that are missing or unreadable are left out. */
  load(): Partial<ClusterState> {
    const smap = parseSmap(read(join(this.#folders.confdir, '.ais.smap')));
    const config = this.#object('.ais.conf', [this.#folders.confdir]);
    const bmd = this.#object('.ais.bmd', this.#metadataFolders());
    const rmd = this.#object('.ais.rmd', this.#metadataFolders());
    return {
      ...(smap !== undefined && { smap }),
      ...(isObject(config?.value) && { config: { version: versionOf(config), value: config.value } }),
      ...(bmd !== undefined && { bmd: { version: versionOf(bmd), buckets: textsOf(bmd.buckets) } }),
      ...(rmd !== undefined && { rmd: parseRebalance(rmd) }),
    };
  }

  /** @param withConfig false leaves the file of the configuration as it is */
  save({ smap, bmd, config, rmd }: ClusterState, withConfig: boolean): void {
    const { confdir } = this.#folders;
    if (smap !== undefined) replace(join(confdir, '.ais.smap'), smapText(smap));
    if (withConfig) replace(join(confdir, '.ais.conf'), JSON.stringify(config));
    for (const folder of this.#metadataFolders()) {
      replace(join(folder, '.ais.bmd'), JSON.stringify(bmd));
      replace(join(folder, '.ais.rmd'), JSON.stringify(rmd));
    }
    if (this.#role === 'target') replace(join(confdir, 'ais.db'), '');
  }

  /** The id a node had before; on a target each mountpath knows it. */
  loadId(): string | undefined {
    if (this.#role === 'proxy') return read(join(this.#folders.confdir, '.ais.proxy_id')).trim() || undefined;
    const vmd = this.#object('.ais.vmd', this.#folders.mountpaths);
    return typeof vmd?.daemon_id === 'string' ? vmd.daemon_id : undefined;
  }

  saveId(id: string): void {
    if (this.#role === 'proxy') replace(join(this.#folders.confdir, '.ais.proxy_id'), `${id}\n`);
    const vmd = JSON.stringify({ version: 1, daemon_id: id, mountpaths: this.#folders.mountpaths.length });
    for (const mountpath of this.#folders.mountpaths) {
      replace(join(mountpath, '.ais.vmd'), vmd);
      mkdirSync(join(mountpath, '.ais.markers'), { recursive: true });
    }
  }

  /** Nothing of the cluster stays, and objects only where users want them kept. */
  wipe({ removeUserData, keepInitialConfig }: Wipe): void {
    empty(this.#folders.confdir, () => true);
    for (const mountpath of this.#folders.mountpaths) {
      empty(mountpath, (name) => removeUserData || name.startsWith('.ais.'));
    }
    if (keepInitialConfig) return;
    for (const path of this.#folders.initialConfig) rmSync(path, { force: true });
  }

  #metadataFolders(): readonly string[] {
    return this.#role === 'target' ? this.#folders.mountpaths : [this.#folders.confdir];
  }

  /** The first readable copy. */
  #object(name: string, folders: readonly string[]): JsonObject | undefined {
    return folders
      .map((folder) => parseObject(read(join(folder, name))))
      .find((found) => found !== undefined);
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function replace(path: string, text: string): void {
  writeFileSync(`${path}.tmp`, text);
  renameSync(`${path}.tmp`, path);
}

/** Volumes themselves stay: they are mounted. */
function empty(folder: string, goes: (name: string) => boolean): void {
  for (const name of readdirSync(folder).filter(goes)) {
    rmSync(join(folder, name), { recursive: true, force: true });
  }
}
