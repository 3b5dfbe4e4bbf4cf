import { type ClusterState, newest, parseState, stateText } from './cluster-state.ts';
import { nodeOf, type Smap } from './smap.ts';
import type { StateFiles } from './state-files.ts';

/** The state of the cluster as this node knows it, kept in its files. */
export class StateStore {
  readonly #files: StateFiles;
  readonly #id: string;
  #state: ClusterState;
  #joined = false;

  constructor(files: StateFiles, id: string, initial: ClusterState) {
    this.#files = files;
    this.#id = id;
    this.#state = initial;
  }

  get current(): ClusterState {
    return this.#state;
  }

  /** The map; undefined while the node is in no cluster. */
  get smap(): Smap | undefined {
    return this.#joined ? this.#state.smap : undefined;
  }

  /** The map of the time before a restart. */
  get rememberedSmap(): Smap | undefined {
    return this.#state.smap;
  }

  get isPrimary(): boolean {
    return this.smap?.primary === this.#id;
  }

  /** Whether the newest map has this node. */
  get isMember(): boolean {
    return this.smap !== undefined && nodeOf(this.smap, this.#id) !== undefined;
  }

  /** Takes what is newer of what another node tells. Returns false for what is no state of this cluster. */
  adopt(text: string): boolean {
    const told = parseState(text);
    if (told === undefined) return false;
    const known = this.#state.smap;
    if (known !== undefined && this.#joined && known.uuid !== told.smap?.uuid) return false;
    // A node that was away may have kept a map of a cluster there is no more.
    const base = known?.uuid === told.smap?.uuid ? this.#state : { ...this.#state, smap: undefined };
    this.#joined = true;
    this.#set(newest(base, told), true);
    return true;
  }

  /** A change by the primary. */
  change(parts: Partial<ClusterState>, { persistConfig = true } = {}): void {
    this.#joined = true;
    this.#set({ ...this.#state, ...parts }, persistConfig);
  }

  text(): string {
    return stateText(this.#state);
  }

  #set(state: ClusterState, persistConfig: boolean): void {
    this.#state = state;
    this.#files.save(state, persistConfig);
  }
}
