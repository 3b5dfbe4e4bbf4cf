import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleSync, launcher } from '../host/bundle.ts';
import { type ImageResolver, type ImageSpec, imageName } from '../kubelet/runtime/images.ts';
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

/**
 * AIStore's images, of whatever registry and tag: its programs are the stand-ins. Those of a tag
 * of AIStore 4 speak like 4.9.
 *
 * @param folder where the programs are put as the first such image is asked for
 */
export function aistoreImages(folder: string): ImageResolver {
  let bin: string | undefined;
  return (reference) => {
    const entrypoint = entrypoints[imageName(reference)];
    if (entrypoint === undefined) return undefined;
    bin ??= install(folder);
    return imageSpec(entrypoint, bin, reference);
  };
}

function imageSpec(entrypoint: readonly string[], bin: string, reference: string): ImageSpec {
  const isOlder = /:v?4\.\d/.test(reference);
  return {
    entrypoint,
    ...(entrypoint.length === 0 && { cmd: ['/bin/sh'] }),
    usesNetworkProxy: true,
    env: {
      PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`,
      [knobVariables.pace]: pace,
      [knobVariables.dialect]: isOlder ? '4.9' : '5.0',
    },
    files: { '/cleanup-helper': join(bin, 'cleanup-helper') },
  };
}

/** Puts the programs into a folder of executables, which it returns. */
function install(folder: string): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  const bundled = join(folder, 'aistore.mjs');
  writeFileSync(bundled, bundleSync(fileURLToPath(new URL('./main.ts', import.meta.url))));
  for (const name of programs) {
    writeFileSync(join(bin, name), launcher([process.execPath, ...nodeFlags, bundled, name]));
    chmodSync(join(bin, name), 0o755);
  }
  return bin;
}
