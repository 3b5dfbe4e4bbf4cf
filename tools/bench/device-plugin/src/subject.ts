import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SimulatedHost } from '@rackwright/simulator';
import { appNodeFlags } from '@rackwright/testbed';
import { build } from 'esbuild';
import type { PluginFamily, Wanted } from './plugin-family.ts';
import { PlainKubelet } from './testing/kubelet.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** A device plugin program to measure. */
export interface Program {
  readonly name: string;
  /** How the image of the measured app starts Node. */
  readonly nodeFlags: readonly string[];
  readonly resource: string;
  readonly bundle: string;
  /** Arguments for a kubelet folder. */
  readonly args: (folder: string) => readonly string[];
}

/** Bundles the app as its image has it. */
export function ourProgram(family: PluginFamily, folder: string, host: SimulatedHost): Program {
  const { app, resource } = family;
  const built = spawnSync(process.execPath, [join(root, 'tools/workspace/build.mjs')], {
    cwd: join(root, 'apps', app),
    stdio: 'inherit',
  });
  if (built.status !== 0) throw new Error(`${app} cannot be built`);
  return {
    ...{ name: app, resource, nodeFlags: appNodeFlags(app) },
    bundle: join(root, 'dist/apps', app, 'main.js'),
    args: (plugins) => [
      `--host-root=${host.folder}`,
      `--kubelet-dir=${plugins}`,
      `--pod-resources-socket=${join(folder, 'pods.sock')}`,
      '--health-port=0',
      '--log-level=warn',
      ...family.args(host),
    ],
  };
}

/** Bundles the reference with the same settings. */
export async function referenceProgram(family: PluginFamily, folder: string): Promise<Program> {
  const bundle = join(folder, 'reference.mjs');
  const shape = join(folder, 'reference.json');
  writeFileSync(shape, JSON.stringify(family.reference));
  await build({
    entryPoints: [fileURLToPath(new URL('reference.ts', import.meta.url))],
    outfile: bundle,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    conditions: ['@rackwright/source'],
    external: ['@grpc/proto-loader'],
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    logLevel: 'error',
  });
  return {
    ...{ name: 'reference', resource: 'example.com/reference', bundle, nodeFlags: appNodeFlags(family.app) },
    args: (plugins) => [plugins, join(plugins, 'trigger'), shape],
  };
}

/** One running program with a kubelet of its own. */
export class Subject implements AsyncDisposable {
  readonly program: Program;
  readonly kubelet: PlainKubelet;
  readonly folder: string;
  /** From the start of the process to its registration, milliseconds. */
  readonly startMs: number;
  readonly #child: ChildProcess;

  private constructor(program: Program, kubelet: PlainKubelet, child: ChildProcess, startMs: number) {
    this.program = program;
    this.kubelet = kubelet;
    this.folder = kubelet.folder;
    this.#child = child;
    this.startMs = startMs;
  }

  static async start(program: Program, folder: string): Promise<Subject> {
    mkdirSync(folder, { recursive: true });
    const kubelet = await PlainKubelet.start(folder);
    const begin = performance.now();
    const child = spawn(process.execPath, [...program.nodeFlags, program.bundle, ...program.args(folder)], {
      env: { NODE_ENV: 'production', MALLOC_ARENA_MAX: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const log = createWriteStream(join(folder, 'log'));
    for (const stream of [child.stdout, child.stderr]) stream.pipe(log, { end: false });
    const died = once(child, 'exit').then(() => {
      throw new Error(`${program.name} ended; see ${folder}/log`);
    });
    await Promise.race([kubelet.plugin(program.resource), died]);
    const startMs = performance.now() - begin;
    died.catch(() => undefined);
    return new Subject(program, kubelet, child, startMs);
  }

  /** Milliseconds from `act` until the kubelet has a list that satisfies `wanted`. */
  async told(act: () => unknown, wanted: Wanted): Promise<number> {
    const begin = performance.now();
    await act();
    await this.kubelet.devices(this.program.resource, wanted);
    return performance.now() - begin;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = once(this.#child, 'exit');
    if (this.#child.exitCode === null && this.#child.kill('SIGTERM')) await gone;
    await this.kubelet[Symbol.asyncDispose]();
  }
}
