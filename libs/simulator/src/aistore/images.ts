import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleSync, launcher } from '../host/bundle.ts';
import { type ImageResolver, imageName } from '../kubelet/runtime/images.ts';
import { knobVariables } from './aisnode/knobs.ts';

/** Flags that keep a node small, and let it hold a listing of many objects. */
const nodeFlags = ['--max-semi-space-size=1', '--max-old-space-size=96'];

/** Ten times as fast as a real cluster; a pod's own variable says otherwise. */
const pace = '0.1';

const programs = ['aisnode', 'aisinit', 'authn', 'cleanup-helper'] as const;

/** Where the images have their entry point, by the last part of their names. */
const entrypoints: Readonly<Record<string, readonly string[]>> = {
  aisnode: ['aisnode'],
  'ais-init': ['aisinit'],
  authn: ['authn'],
  'ais-operator-helper': ['/cleanup-helper'],
  'ais-util': [],
  // The real one knows paths of its container only.
  'ais-logs': ['/bin/sh', '-c', 'exec tail -n+1 -F "$RACKWRIGHT_SANDBOX_ROOT$0"'],
};

/** How one of AIStore's images starts, where its programs are on PATH. */
export interface AistoreImage {
  readonly entrypoint: readonly string[];
  readonly cmd?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** The image of that name, of whatever registry and tag; those of a tag of AIStore 4 speak like 4.9. */
export function aistoreImage(reference: string): AistoreImage | undefined {
  const entrypoint = entrypoints[imageName(reference)];
  if (entrypoint === undefined) return undefined;
  const isOlder = /:v?4\.\d/.test(reference);
  return {
    entrypoint,
    ...(entrypoint.length === 0 && { cmd: ['/bin/sh'] }),
    env: { [knobVariables.pace]: pace, [knobVariables.dialect]: isOlder ? '4.9' : '5.0' },
  };
}

/** The stand-ins, all of them one file. */
export function aistoreBundle(): Uint8Array {
  return bundleSync(fileURLToPath(new URL('./main.ts', import.meta.url)));
}

/**
 * A shell script for each program, by its name.
 *
 * @param node path of Node, where they run
 * @param bundle path of the bundle
 */
export function aistoreScripts(node: string, bundle: string): ReadonlyMap<string, string> {
  return new Map(programs.map((name) => [name, launcher([node, ...nodeFlags, bundle, name])]));
}

/**
 * AIStore's images for simulated nodes: its programs are the stand-ins.
 *
 * @param folder where the programs are put as the first such image is asked for
 */
export function aistoreImages(folder: string): ImageResolver {
  let bin: string | undefined;
  return (reference) => {
    const image = aistoreImage(reference);
    if (image === undefined) return undefined;
    bin ??= install(folder);
    return {
      ...image,
      usesNetworkProxy: true,
      env: { ...image.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` },
      files: { '/cleanup-helper': join(bin, 'cleanup-helper') },
    };
  };
}

/** Puts the programs into a folder of executables, which it returns. */
function install(folder: string): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  const bundled = join(folder, 'aistore.mjs');
  writeFileSync(bundled, aistoreBundle());
  for (const [name, script] of aistoreScripts(process.execPath, bundled)) {
    writeFileSync(join(bin, name), script);
    chmodSync(join(bin, name), 0o755);
  }
  return bin;
}
