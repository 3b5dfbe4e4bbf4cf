import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessRunner } from '@rackwright/host';
import { containerStorage } from '@rackwright/testbed/without-nodes';
import type { BuildRequest, BuildTool } from './build-tool.ts';
import { buildWords, runTool } from './run-tool.ts';

/** What podman and buildah need. */
export interface ContainersToolOptions {
  readonly version: string;
  readonly runner: ProcessRunner;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

type Verbs = Readonly<Record<'load' | 'build' | 'save', (file: string) => readonly string[]>>;

const tag = 'localhost/rackwright/building:latest';

const podmanVerbs: Verbs = {
  load: (file) => ['load', '--quiet', '--input', file],
  build: () => ['build'],
  save: (file) => ['save', '--quiet', '--format', 'docker-archive', '--output', file, tag],
};

const buildahVerbs: Verbs = {
  load: (file) => ['pull', '--quiet', `oci-archive:${file}`],
  build: () => ['build'],
  save: (file) => ['push', '--quiet', tag, `docker-archive:${file}:${tag}`],
};

/** podman, with a storage of its own for each build. */
export function podman(options: ContainersToolOptions): BuildTool {
  return containersTool('podman', podmanVerbs, options);
}

/** buildah, with a storage of its own for each build. */
export function buildah(options: ContainersToolOptions): BuildTool {
  return containersTool('buildah', buildahVerbs, options);
}

function containersTool(name: 'podman' | 'buildah', verbs: Verbs, options: ContainersToolOptions): BuildTool {
  const { version, runner, env, signal } = options;
  return {
    name,
    version,
    async build(request: BuildRequest) {
      await using storage = await containerStorage('rwbuild-', env, runner);
      const run = (words: readonly string[]): Promise<string> =>
        runTool(runner, [name, ...words], { env: storage.env, signal });
      for (const image of request.images) await run(verbs.load(image));
      const saved = join(storage.folder, 'saved.tar');
      // No instruction runs a program, so chroot is isolation enough and needs no runtime.
      const how = ['--layers', '--isolation', 'chroot', request.pull ? '--pull' : '--pull-never'];
      await run([...verbs.build(''), ...how, ...buildWords(request, tag)]);
      await run(verbs.save(saved));
      return await readFile(saved);
    },
  };
}
