import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** Packages too heavy for a node agent. */
const heavy = ['undici', 'express', '@kubernetes/client-node', 'zod', 'ajv'];

/** A bundled program. */
export interface Bundle {
  readonly file: string;
  readonly bytes: number;
  readonly forbidden: readonly string[];
}

/** Bundles an app as its image has it. */
export function bundleApp(app: string): Bundle {
  const built = spawnSync(process.execPath, [join(root, 'tools/workspace/build.mjs')], {
    cwd: join(root, 'apps', app),
    stdio: 'inherit',
  });
  if (built.status !== 0) throw new Error(`${app} cannot be built`);
  const file = join(root, 'dist/apps', app, 'main.js');
  const meta: Metafile = JSON.parse(readFileSync(file.replace(/js$/, 'meta.json'), 'utf8'));
  const inputs = Object.values(meta.outputs).flatMap((output) => Object.entries(output.inputs));
  // What was looked at and left out weighs nothing.
  const kept = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([input]) => input);
  const forbidden = heavy.filter((name) => kept.some((input) => input.includes(`node_modules/${name}/`)));
  return { file, bytes: statSync(file).size, forbidden };
}

/** Bundles the reference with the same settings. */
export async function bundleReference(folder: string): Promise<Bundle> {
  const file = join(folder, 'reference.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('reference.ts', import.meta.url))],
    outfile: file,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    logLevel: 'error',
  });
  return { file, bytes: statSync(file).size, forbidden: [] };
}
