import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { deviceplugin } from '@rackwright/kubelet';
import type { SimulatedHost } from '@rackwright/simulator';
import { appNodeFlags } from '@rackwright/testbed';
import { build } from 'esbuild';
import { PlainKubelet } from './testing/kubelet.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** How the image starts Node (Dockerfile of the app). */
const nodeFlags = appNodeFlags('cxi-device-plugin');

/** A device plugin program to measure. */
export interface Program {
  readonly name: string;
  readonly resource: string;
  readonly bundle: string;
  /** Arguments for a kubelet folder. */
  readonly args: (folder: string) => readonly string[];
}

/** Bundles the app as its image has it. */
export function ourProgram(folder: string, host: SimulatedHost): Program {
  const built = spawnSync(process.execPath, [join(root, 'tools/workspace/build.mjs')], {
    cwd: join(root, 'apps/cxi-device-plugin'),
    stdio: 'inherit',
  });
  if (built.status !== 0) throw new Error('cxi-device-plugin cannot be built');
  return {
    name: 'cxi-device-plugin',
    resource: 'hpe.com/cxi',
    bundle: join(root, 'dist/apps/cxi-device-plugin/main.js'),
    args: (plugins) => [
      `--host-root=${host.folder}`,
      `--kubelet-dir=${plugins}`,
      `--pod-resources-socket=${join(folder, 'pods.sock')}`,
      '--health-port=0',
      // Good news at once: the default waits a second on purpose.
      '--debounce=0s',
      '--log-level=warn',
    ],
  };
}

/** Bundles the reference with the same settings. */
export async function referenceProgram(folder: string): Promise<Program> {
  const bundle = join(folder, 'reference.mjs');
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
    name: 'reference',
    resource: 'example.com/reference',
    bundle,
    args: (plugins) => [plugins, join(plugins, 'trigger')],
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
    const child = spawn(process.execPath, [...nodeFlags, program.bundle, ...program.args(folder)], {
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
  async told(
    act: () => Promise<unknown>,
    wanted: (devices: readonly deviceplugin.Device[]) => boolean,
  ): Promise<number> {
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
