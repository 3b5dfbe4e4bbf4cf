import { fileURLToPath } from 'node:url';
import { type ImageResolver, imageName } from '@rackwright/simulator';
import type { ProgramName } from '../programs/catalogue.ts';

/** Sidecars of CSI drivers, by the last part of their image's name; each is a real Go program. */
export const sidecarNames = ['csi-provisioner', 'csi-resizer'] as const satisfies readonly ProgramName[];

export type SidecarName = (typeof sidecarNames)[number];

const start = fileURLToPath(new URL('start.sh', import.meta.url));

/**
 * Images of sidecars, of whatever registry and tag.
 *
 * @param programs where the programs are on this machine; those that are missing cannot be had
 */
export function sidecarImages(programs: Readonly<Partial<Record<SidecarName, string>>>): ImageResolver {
  return (reference) => {
    const name = sidecarNames.find((one) => one === imageName(reference));
    const program = name && programs[name];
    if (program === undefined) return undefined;
    return {
      entrypoint: ['/bin/sh', '/start.sh', `/${name}`],
      user: '65532:65532',
      env: { PATH: process.env.PATH ?? '' },
      files: { '/start.sh': start, [`/${name}`]: program },
    };
  };
}
