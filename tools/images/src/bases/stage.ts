import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import type { ProcessRunner } from '@rackwright/host';
import type { RootFolder } from './files.ts';
import { checkStatic, librariesOf, programPath } from './machine.ts';

/** Where OpenSSL on Debian looks for certificates. */
export const certificates = '/etc/ssl/certs/ca-certificates.crt';

const accounts = {
  '/etc/passwd':
    'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/nonexistent:/sbin/nologin\n',
  '/etc/group': 'root:x:0:\nnonroot:x:65532:\n',
  '/etc/nsswitch.conf': 'hosts: files dns\n',
};

/** What the bases are made from. */
export interface StageOptions {
  readonly runner: ProcessRunner;
  readonly path: string | undefined;
  /** The Node binary that goes into the base. */
  readonly node: string;
}

/** The root of the base: libraries of Node unless a public base brings them, certificates, users. */
export async function stageBase(root: RootFolder, publicBase: boolean, options: StageOptions): Promise<void> {
  for (const [place, text] of Object.entries(accounts)) await root.write(place, text);
  // Those Node itself trusts: a machine's own file may hold the CAs of the company it belongs to.
  await root.write(certificates, `${rootCertificates.join('\n')}\n`);
  if (publicBase) return;
  await copyLibraries(root, await librariesOf(options.node, options.runner));
}

/** The root retry-handler's programs are copied from; libraries of the base are left out. */
export async function stageMountTools(root: RootFolder, options: StageOptions): Promise<void> {
  const { runner, path } = options;
  const present = new Set(await librariesOf(options.node, runner));
  const programs = {
    nsenter: programPath('nsenter', 'util-linux', path, existsSync),
    umount: programPath('umount', 'mount', path, existsSync),
  };
  for (const [name, program] of Object.entries(programs)) {
    await root.copy(program, `/usr/bin/${name}`, 0o755);
    const libraries = await librariesOf(program, runner);
    await copyLibraries(
      root,
      libraries.filter((library) => !present.has(library)),
    );
  }
}

/** A program of the storage tools, and the Debian package that brings it. */
export interface StorageTool {
  readonly name: string;
  readonly debian: string;
}

/** The programs a list names: one a line, with its package and a sentence why. */
export function parseStorageTools(text: string): StorageTool[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const [name = '', debian = ''] = line.split(' ');
    return { name, debian };
  });
}

/** The root pmem-csi-driver's programs are copied from; libraries of the base are left out. */
export async function stageStorageTools(
  root: RootFolder,
  tools: readonly StorageTool[],
  options: StageOptions,
): Promise<void> {
  const { runner, path } = options;
  const packed = new Set(await librariesOf(options.node, runner));
  for (const { name, debian } of tools) {
    const program = programPath(name, debian, path, existsSync);
    await root.copy(program, `/usr/sbin/${name}`, 0o755);
    const libraries = (await librariesOf(program, runner)).filter((library) => !packed.has(library));
    await copyLibraries(root, libraries);
    for (const library of libraries) packed.add(library);
  }
}

/** busybox under its own name and, if asked, under that of every applet. */
export async function stageBusybox(root: RootFolder, applets: boolean, options: StageOptions): Promise<void> {
  const program = programPath('busybox', 'busybox-static', options.path, existsSync);
  await checkStatic(program, 'busybox-static', options.runner);
  await root.copy(program, '/bin/busybox', 0o755);
  if (!applets) return;
  const { stdout } = await options.runner.run([program, '--list']);
  for (const name of stdout.split('\n')) {
    if (name !== '' && name !== 'busybox') await root.link(join('/bin', name), 'busybox');
  }
}

/** What users' pods of the test environment run: busybox, and the program at `source`. */
export async function stageWorkload(root: RootFolder, source: string, options: StageOptions): Promise<void> {
  await stageBusybox(root, true, options);
  await root.write('/app/main.ts', await readFile(source, 'utf8'));
}

/** The loader stays where programs name it; libraries go below /usr/lib, where every loader looks. */
async function copyLibraries(root: RootFolder, libraries: readonly string[]): Promise<void> {
  for (const library of libraries) {
    const isLoader = /\/ld-linux[^/]*$/.test(library);
    await root.copy(library, isLoader ? library : library.replace(/^\/lib\//, '/usr/lib/'), 0o755);
  }
}
