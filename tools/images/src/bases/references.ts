/** The images apps stand on and copy from, and those of the test environment's pods; each after those it stands on. */
export const baseReferences = {
  base: 'localhost/rackwright/base:latest',
  'mount-tools': 'localhost/rackwright/mount-tools:latest',
  'storage-tools': 'localhost/rackwright/storage-tools:latest',
  workload: 'docker.io/rackwright/workload:latest',
  pause: 'docker.io/rackwright/pause:1',
} as const;

export type BaseName = keyof typeof baseReferences;

export const baseNames = Object.keys(baseReferences) as BaseName[];

/** The bases a Dockerfile names. */
export function basesOf(dockerfile: string): BaseName[] {
  return baseNames.filter((name) => dockerfile.includes(baseReferences[name]));
}
