import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Bundles programs into `folder`, each as `<name>.mjs`: for a guest, which compiles slowly and has no cache, and for what is started often. */
export async function bundlePrograms(
  programs: Readonly<Record<string, string>>,
  folder: string,
): Promise<void> {
  await build({
    entryPoints: programs,
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    conditions: ['@rackwright/source'],
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    sourcemap: true,
    logLevel: 'warning',
  });
}

/** Source of the guest's agent. */
export const agentSource = fileURLToPath(new URL('guest/agent.ts', import.meta.url));

/** Where a bundle is. */
export function bundlePath(folder: string, name: string): string {
  return join(folder, `${name}.mjs`);
}
