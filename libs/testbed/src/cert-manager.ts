import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Clock, Lifetime } from '@rackwright/core';
import type { ControlPlane } from './control-plane/control-plane.ts';
import { Daemon } from './process/daemon.ts';
import { catalogue } from './programs/catalogue.ts';
import type { ProgramResolver } from './programs/resolver.ts';

/** What cert-manager runs with. */
export interface CertManagerOptions {
  readonly plane: ControlPlane;
  readonly programs: ProgramResolver;
  readonly clock: Clock;
}

/** The real cert-manager beside an API server: its controllers and its cainjector. */
export class CertManager implements AsyncDisposable {
  readonly #lifetime: Lifetime;

  private constructor(lifetime: Lifetime) {
    this.#lifetime = lifetime;
  }

  /** @throws HwError NotFound when its programs cannot be had; Error when its CRDs cannot be applied */
  static async start({ plane, programs, clock }: CertManagerOptions): Promise<CertManager> {
    const lifetime = new Lifetime();
    const names = ['cert-manager-controller', 'cert-manager-cainjector'] as const;
    const paths = await programs.resolveAll(names);
    const { code, stderr } = await plane.kubectl('apply', '--server-side', '-f', await crdFolder());
    if (code !== 0) throw new Error(stderr);
    for (const name of names) {
      const args = [`--kubeconfig=${plane.adminKubeconfig}`];
      const log = join(plane.folder, `${name}.log`);
      const env = { HOME: plane.folder };
      const daemon = await Daemon.start({ name, program: paths[name], args, log, env }, clock);
      lifetime.defer(() => daemon.stop());
    }
    return new CertManager(lifetime);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lifetime[Symbol.asyncDispose]();
  }
}

/** The CRDs of the same version, from the module the programs are built of. */
async function crdFolder(): Promise<string> {
  const { folder } = catalogue['cert-manager-controller'].source;
  const args = ['mod', 'download', '-json', 'github.com/cert-manager/cert-manager'];
  const { stdout } = await promisify(execFile)('go', args, { cwd: folder });
  return join((JSON.parse(stdout) as { readonly Dir: string }).Dir, 'deploy/crds');
}
