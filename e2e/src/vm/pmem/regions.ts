import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { expectThat } from '../../expect.ts';
import type { MachineEnvironment } from '../machine-suite.ts';
import { shell } from './guest-host.ts';
import { nvdimms } from './memory.ts';

/** A namespace as ndctl and sysfs show it. */
export interface Namespace {
  readonly device: string;
  readonly name: string;
  readonly mode: string;
  readonly uuid: string;
  /** What it takes of its region. */
  readonly rawBytes: number;
  /** Where it begins in its region. */
  readonly offset: number;
  /** Its block device, without /dev/. */
  readonly block: string;
}

/** A region, which is one of the modules. */
export interface Region {
  readonly name: string;
  readonly sizeBytes: number;
  readonly namespaces: readonly Namespace[];
}

/** Parts of what ndctl lists of a region. */
interface ListedRegion {
  readonly dev: string;
  readonly size: number;
  readonly namespaces?: readonly {
    readonly dev: string;
    readonly name?: string;
    readonly mode: string;
    readonly uuid?: string;
    readonly blockdev?: string;
  }[];
}

/** The regions, the smallest first: which module has which number changes with each start of a machine. */
export async function regionsOf(testEnv: MachineEnvironment): Promise<Region[]> {
  // Without any namespace it is the list of the regions alone.
  const listed = JSON.parse(await shell(testEnv, 'ndctl list -RN -v')) as
    | readonly ListedRegion[]
    | { readonly regions: readonly ListedRegion[] };
  const regions = 'regions' in listed ? listed.regions : listed;
  expectThat('a region for each module', regions.length === nvdimms.length, listed);
  const found = regions.map(async (region) => ({
    ...{ name: region.dev, sizeBytes: region.size },
    namespaces: await Promise.all(
      (region.namespaces ?? []).map(async ({ dev, name = '', mode, uuid = '', blockdev = '' }) => ({
        ...{ device: dev, name, mode, uuid, block: blockdev },
        ...(await placeOf(testEnv, region.dev, dev)),
      })),
    ),
  }));
  return (await Promise.all(found)).sort((a, b) => a.sizeBytes - b.sizeBytes);
}

async function placeOf(
  testEnv: MachineEnvironment,
  region: string,
  namespace: string,
): Promise<Pick<Namespace, 'rawBytes' | 'offset'>> {
  const folder = '/sys/bus/nd/devices';
  const read = async (path: string): Promise<number> =>
    Number((await testEnv.machine.call('read', { path: `${folder}/${path}` }))?.trim());
  const start = await read(`${region}/resource`);
  return {
    rawBytes: await read(`${namespace}/size`),
    offset: (await read(`${namespace}/resource`)) - start,
  };
}

/** Digest of what this machine has in the file of a module where a namespace is. */
export async function digestOf(
  { machine }: MachineEnvironment,
  { sizeBytes }: Region,
  { offset, rawBytes }: Namespace,
): Promise<string> {
  const nvdimm = nvdimms.find((one) => one.sizeBytes === sizeBytes);
  if (nvdimm === undefined) throw new Error(`no module has ${sizeBytes} bytes`);
  const hash = createHash('sha256');
  const range = { start: offset, end: offset + rawBytes - 1 };
  await pipeline(createReadStream(machine.nvdimmFile(nvdimm), range), hash);
  return hash.digest('hex');
}
