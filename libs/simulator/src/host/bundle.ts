import { createRequire } from 'node:module';
import { HwError } from '@rackwright/core';
import type * as Esbuild from 'esbuild';

/** One plain file of a program: running the sources would cost twice the memory and start-up time. */
export async function bundle(entryPoint: string): Promise<Uint8Array> {
  // Only who makes hosts needs it, not the programs of a host.
  const { build } = await import('esbuild');
  return onlyFile(entryPoint, await build(buildOptions(entryPoint)));
}

/** The same, for who cannot wait: it takes some hundred milliseconds. */
export function bundleSync(entryPoint: string): Uint8Array {
  const { buildSync } = createRequire(import.meta.url)('esbuild') as typeof Esbuild;
  return onlyFile(entryPoint, buildSync(buildOptions(entryPoint)));
}

function buildOptions(entryPoint: string): Esbuild.BuildOptions & { write: false } {
  return {
    entryPoints: [entryPoint],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    conditions: ['@rackwright/source'],
    external: ['esbuild'],
    logLevel: 'silent',
  };
}

function onlyFile(
  entryPoint: string,
  { outputFiles }: { readonly outputFiles: Esbuild.OutputFile[] },
): Uint8Array {
  const [file] = outputFiles;
  if (file === undefined) throw new HwError('Internal', `${entryPoint} could not be bundled`);
  return file.contents;
}

/** A shell script that runs a bundled program with these words before its own. */
export function launcher(words: readonly string[], variables: Readonly<Record<string, string>> = {}): string {
  const set = Object.entries(variables).map(([name, value]) => `${name}=${quote(value)} `);
  return `#!/bin/sh\n${set.join('')}exec ${words.map(quote).join(' ')} "$@"\n`;
}

/** Flags that keep one program small: many run at once. */
export const nodeFlags = ['--max-semi-space-size=1', '--max-old-space-size=24', '--optimize-for-size'];

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
