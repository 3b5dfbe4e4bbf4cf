import { at, isObject, type Json, type JsonObject, parseObject, textAt } from '../process/json.ts';
import type { Smap } from './smap.ts';
import { parseSmap, smapText } from './smap-json.ts';

/** Everything all nodes of a cluster share; each part has a version of its own. */
export interface ClusterState {
  /** Undefined until the node is in a cluster. */
  readonly smap: Smap | undefined;
  /** The buckets. */
  readonly bmd: { readonly version: number; readonly buckets: readonly string[] };
  readonly config: { readonly version: number; readonly value: JsonObject };
  readonly rmd: RebalanceMetadata;
}

export interface RebalanceMetadata {
  /** Number of the newest rebalance. */
  readonly version: number;
  /** Objects may be anywhere: a rebalance runs, or was given up and none has been finished since. */
  readonly state: 'done' | 'running' | 'aborted';
}

/** What is sent to other nodes. */
export function stateText({ smap, bmd, config, rmd }: ClusterState): string {
  const map = smap === undefined ? 'null' : smapText(smap);
  return `{"smap":${map},"bmd":${JSON.stringify(bmd)},"config":${JSON.stringify(config)},"rmd":${JSON.stringify(rmd)}}`;
}

/** Reads what `stateText` wrote; undefined for anything else. */
export function parseState(text: string): ClusterState | undefined {
  return stateOf(parseObject(text));
}

/** The same of what is no text any more. */
export function stateOf(value: Json | undefined): ClusterState | undefined {
  if (!isObject(value)) return undefined;
  const { smap, bmd, config, rmd } = value;
  if (!isObject(smap) || !isObject(bmd) || !isObject(config) || !isObject(rmd)) return undefined;
  const map = parseSmap(JSON.stringify(smap));
  const settings = config.value;
  if (map === undefined || !isObject(settings)) return undefined;
  return {
    smap: map,
    bmd: { version: versionOf(bmd), buckets: textsOf(at(bmd, 'buckets')) },
    config: { version: versionOf(config), value: settings },
    rmd: parseRebalance(rmd),
  };
}

export function parseRebalance(value: Json | undefined): RebalanceMetadata {
  const state = textAt(value, 'state');
  return { version: versionOf(value), state: state === 'running' || state === 'aborted' ? state : 'done' };
}

/** The newer of each part. Nothing is taken from another cluster. */
export function newest(known: ClusterState, told: ClusterState): ClusterState {
  const { smap } = known;
  if (smap !== undefined && smap.uuid !== told.smap?.uuid) return known;
  const newer = <Part extends { readonly version: number }>(a: Part, b: Part): Part =>
    b.version > a.version ? b : a;
  return {
    smap: smap === undefined || told.smap === undefined ? told.smap : newer(smap, told.smap),
    bmd: newer(known.bmd, told.bmd),
    config: newer(known.config, told.config),
    // The same rebalance is told of when it starts and when it ends.
    rmd: told.rmd.version >= known.rmd.version ? told.rmd : known.rmd,
  };
}

export function versionOf(value: Json | undefined): number {
  const version = at(value, 'version');
  return typeof version === 'number' ? version : 0;
}

export function textsOf(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
