import { readFileSync } from 'node:fs';
import { errorMessage } from '@rackwright/core';
import { at, isObject, parseObject, textAt } from '../process/json.ts';
import { FatalError } from '../process/program.ts';

/** Where a node keeps its files and how others reach it. */
export interface LocalConfig {
  readonly confdir: string;
  readonly logDir: string;
  /** Empty: the node finds its own address. */
  readonly hostname: string;
  readonly controlHostname: string;
  readonly dataHostname: string;
  readonly port: number;
  readonly controlPort: number;
  readonly dataPort: number;
  /** Paths of mountpaths with their labels. */
  readonly mountpaths: ReadonlyMap<string, string>;
}

/** @throws FatalError for a file that is missing or says too little, which ends the node */
export function readLocalConfig(path: string, shown: string): LocalConfig {
  const value = parseObject(readText(path, shown));
  if (value === undefined) throw new FatalError(`failed to load local config "${shown}": not JSON`);
  const port = (name: string): number => {
    const text = String(at(value, 'host_net', name) ?? '');
    const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
    if (number < 1 || number > 65_535) throw new FatalError(`invalid ${name} "${text}" in "${shown}"`);
    return number;
  };
  const confdir = textAt(value, 'confdir');
  const logDir = textAt(value, 'log_dir');
  if (confdir === '') throw new FatalError(`invalid confdir value (must be non-empty) in "${shown}"`);
  if (logDir === '') throw new FatalError(`invalid log dir value (must be non-empty) in "${shown}"`);
  const fspaths = at(value, 'fspaths');
  return {
    ...{ confdir, logDir },
    hostname: textAt(value, 'host_net', 'hostname'),
    controlHostname: textAt(value, 'host_net', 'hostname_intra_control'),
    dataHostname: textAt(value, 'host_net', 'hostname_intra_data'),
    port: port('port'),
    controlPort: port('port_intra_control'),
    dataPort: port('port_intra_data'),
    mountpaths: new Map(
      Object.entries(isObject(fspaths) ? fspaths : {}).map(([mountpath, label]) => [
        mountpath,
        typeof label === 'string' ? label : '',
      ]),
    ),
  };
}

/** @throws FatalError as the real program says it */
export function readText(path: string, shown: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new FatalError(`failed to load config "${shown}": ${errorMessage(error)}`);
  }
}
