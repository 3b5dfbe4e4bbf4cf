import { join } from 'node:path';
import { errorMessage, HwError } from '@rackwright/core';
import { type CxiDevice, cxiDevices, scanCxi, withLastKnown } from '@rackwright/hardware-cxi';
import { formatFailures, HostFiles } from '@rackwright/host';
import { cxi } from '@rackwright/keys';
import { CdiFile, type CdiSpec, cdiFileName, formatCdiSpec, parseCdiSpec } from '@rackwright/kubelet';
import { cxiCdiSpec } from '../cdi-spec.ts';
import { findLibraries, type Library, librarySources } from '../libraries.ts';
import { type GeneratorArguments, parseGeneratorArguments, usage } from './arguments.ts';
import { readEnvFile } from './env-file.ts';
import { chooseRoots, RemappedRoot, type Roots } from './roots.ts';

/** The outside world of the command. */
export interface GeneratorIo {
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly version: string;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/** Runs `cxi-cdi-generator`; returns its exit code: 0 done, 1 failed, 2 bad usage. */
export async function generate(io: GeneratorIo): Promise<number> {
  const say = (line: string): void => io.stderr(`cxi-cdi-generator: ${line}\n`);
  let given: GeneratorArguments;
  try {
    given = parseGeneratorArguments(io.argv);
  } catch (error) {
    say(errorMessage(error));
    return 2;
  }
  if (given.help || given.version) {
    io.stdout(given.help ? usage : `cxi-cdi-generator ${io.version}\n`);
    return 0;
  }
  try {
    await run(given, io, (level, line) => {
      if (given.verbose >= level) say(line);
    });
    return 0;
  } catch (error) {
    say(errorMessage(error));
    return 1;
  }
}

type Say = (level: number, line: string) => void;

async function run(given: GeneratorArguments, io: GeneratorIo, say: Say): Promise<void> {
  const roots = chooseRoots(io.env, (line) => say(1, line));
  const files = new HostFiles(new RemappedRoot(roots));
  const nics = readNics(files);
  const libraries = findLibraries(files, librarySources({ ofiRoot: roots.ofi, cxiRoot: roots.cxi }));
  report(nics, libraries, say);
  if (libraries.length === 0) {
    throw new HwError('NotFound', `there is no libfabric in ${roots.ofi} and no libcxi in ${roots.cxi}`, {
      remedy: 'set OFI_ROOT and CXI_ROOT to the folders that hold them',
    });
  }
  const file = new CdiFile(join(given.cdiDir, cdiFileName(cxi.cdiKind)));
  const env = given.envVars === undefined ? await keptEnv(file, say) : await readEnvFile(given.envVars);
  const xpmem = files.exists(files.root.dev('xpmem'));
  const spec = specOf(nics, { roots, libraries, xpmem, env, ldcacheHook: given.ldcacheHook });
  if (spec === undefined) say(0, 'there is no NIC with a device node');
  if (given.dryRun) {
    if (spec !== undefined) io.stdout(formatCdiSpec(spec));
  } else {
    say(1, `${file.path} ${await file.update(spec)}`);
  }
}

/** @throws HwError Unavailable if the host does not show all of its NICs: a file without them would take them away */
function readNics(files: HostFiles): readonly CxiDevice[] {
  const snapshot = scanCxi(files);
  const known = withLastKnown(snapshot, undefined);
  const unread = known?.outdated ?? (snapshot.unlisted ? [snapshot.unlisted] : []);
  if (known !== undefined && unread.length === 0) return cxiDevices(known);
  throw new HwError('Unavailable', `the NICs cannot be read: ${formatFailures(unread)}`);
}

interface Content {
  readonly roots: Roots;
  readonly libraries: readonly Library[];
  readonly xpmem: boolean;
  readonly env: readonly string[];
  readonly ldcacheHook: string;
}

function specOf(devices: readonly CxiDevice[], { roots, ...content }: Content): CdiSpec | undefined {
  return cxiCdiSpec({
    ...content,
    nics: devices.map(({ name, index, devNode }) => ({ name, index, nodePresent: devNode.present })),
    onNode: (path) => path,
    nodeOf: (name) => join(roots.devfs, name),
  });
}

function report(nics: readonly CxiDevice[], libraries: readonly Library[], say: Say): void {
  for (const { name, kind, pciAddress = 'without PCI address', devNode } of nics) {
    say(1, `${name}: ${kind} ${pciAddress}${devNode.present ? '' : `, left out: no ${devNode.path}`}`);
  }
  say(1, `${libraries.length} library files`);
  for (const { containerPath, hostPath } of libraries) say(2, `${containerPath} from ${hostPath}`);
}

/** The environment list of the specification that is there. */
async function keptEnv(file: CdiFile, say: Say): Promise<readonly string[]> {
  const text = await file.read();
  if (text === undefined) return [];
  const spec = await parseCdiSpec(text);
  if (!spec.ok) say(0, `replacing ${file.path}: ${errorMessage(spec.error)}`);
  return spec.ok && spec.value.kind === cxi.cdiKind ? (spec.value.containerEdits?.env ?? []) : [];
}
