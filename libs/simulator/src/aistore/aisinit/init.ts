import { readFileSync, writeFileSync } from 'node:fs';
import { errorMessage } from '@rackwright/core';
import { fullConfig, isRefusal, shownConfig, withoutUnknown } from '../aisnode/config.ts';
import { readKnobs } from '../aisnode/knobs.ts';
import { isObject, type JsonObject, merge, parseObject } from '../process/json.ts';
import { FatalError, ownPath, type Program } from '../process/program.ts';
import { type InitArguments, parseInitArguments } from './arguments.ts';
import { podIdentity } from './hostnames.ts';
import { loadBalancerAddress } from './load-balancer.ts';
import { productionConfig } from './production-config.ts';

/**
 * The program of a pod's init container: it makes the two files aisnode is started with.
 *
 * @throws FatalError where the real one ends with an error
 */
export async function runInit(program: Program): Promise<void> {
  const args = parseInitArguments(program.argv);
  const { pace, dialect } = readKnobs(program);
  const template = readJson(program, args.local_config_template ?? '');
  const identity = podIdentity(program, args.role);
  const external = identity.externalAccess ? await loadBalancerAddress(program, identity, pace) : undefined;
  const hostname = mapped(program, args, external ?? identity.names.hostname);
  const local = merge(template, { host_net: { ...identity.names, hostname } });
  write(program, args.output_local_config ?? '', local);
  const { cluster_config_override: override, output_cluster_config: output } = args;
  if (override === undefined || output === undefined) return;
  const change = merge(productionConfig, withoutUnknown(readJson(program, override)));
  const config = fullConfig(change);
  if (isRefusal(config)) throw new FatalError(config.refused);
  // 5.0 takes a file that leaves out what is as usual, 4.9 wants every section.
  write(program, output, shownConfig(dialect === '5.0' ? change : config, dialect));
}

function mapped(program: Program, { hostname_map_file: file }: InitArguments, hostname: string): string {
  if (file === undefined) return hostname;
  const found = readJson(program, file)[hostname];
  return typeof found === 'string' && found.trim() !== '' ? found : hostname;
}

function readJson(program: Program, path: string): JsonObject {
  try {
    const value = parseObject(readFileSync(ownPath(program, path), 'utf8'));
    if (isObject(value)) return value;
  } catch (error) {
    throw new FatalError(`open ${path}: ${errorMessage(error)}`);
  }
  throw new FatalError(`${path}: not a JSON object`);
}

function write(program: Program, path: string, value: JsonObject): void {
  try {
    writeFileSync(ownPath(program, path), JSON.stringify(value), { mode: 0o644 });
  } catch (error) {
    throw new FatalError(`open ${path}: ${errorMessage(error)}`);
  }
}
