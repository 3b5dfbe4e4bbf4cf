import { delimiter, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HwError } from '@rackwright/core';

/** How an image runs on this machine. */
export interface ImageSpec {
  readonly entrypoint: readonly string[];
  /** Arguments used when the pod gives neither command nor args. */
  readonly cmd?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly workingDir?: string;
  /** As in an image: a number, `number:number` or a name; only looked at for runAsNonRoot. Default root. */
  readonly user?: string;
  /** Its containers are told where the proxy of the cluster's network is; default they are not. */
  readonly usesNetworkProxy?: boolean;
  /** Its programs work on hardware: those of the node stand in for them, and the node's mounts are seen. */
  readonly usesNodePrograms?: boolean;
  /** Paths that exist inside the image, with where they are on this machine. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Finds the image of a pod's `image` field; undefined when it cannot be had. */
export type ImageResolver = (reference: string) => ImageSpec | undefined;

/** The last path element of an image reference, without tag and digest. */
export function imageName(reference: string): string {
  const path = reference.replace(/@.*$/, '');
  return path.slice(path.lastIndexOf('/') + 1).replace(/:.*$/, '');
}

/** Images for workloads of tests and demos: they run what the pod says with the machine's own programs. */
const workloads = new Set(['workload', 'busybox', 'alpine', 'debian', 'pause']);

/** The image `rackwright/workload`: it also has Node and the program of libs/simulator/src/workload. */
const workload: ImageSpec = {
  entrypoint: [],
  usesNetworkProxy: true,
  env: { PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}` },
  files: {
    '/app': fileURLToPath(new URL('../../workload', import.meta.url)),
    '/usr/bin/node': process.execPath,
  },
};

/** The images every node knows. */
export const builtInImages: ImageResolver = (reference) => {
  const name = imageName(reference);
  if (!workloads.has(name)) return undefined;
  const cmd = name === 'pause' ? ['/bin/sleep', 'infinity'] : ['/bin/sh'];
  return name === 'workload' ? { ...workload, cmd } : { entrypoint: [], cmd };
};

/** How a pod's command and args combine with the image. */
export function containerArgv(
  image: ImageSpec,
  command: readonly string[] | undefined,
  args: readonly string[] | undefined,
): readonly string[] {
  const entrypoint = command?.length ? command : image.entrypoint;
  // A command of the pod's own also replaces the image's default arguments.
  const rest = args?.length ? args : command?.length ? [] : (image.cmd ?? []);
  const argv = [...entrypoint, ...rest];
  if (argv.length === 0) {
    throw new HwError('InvalidArgument', 'neither the image nor the pod says which program to run');
  }
  return argv.map((word) => onThisMachine(image, word));
}

/** A word that is a path inside the image, as a path of this machine. */
function onThisMachine(image: ImageSpec, word: string): string {
  for (const [inside, outside] of Object.entries(image.files ?? {})) {
    if (word === inside || word.startsWith(`${inside}/`)) return outside + word.slice(inside.length);
  }
  return word;
}
