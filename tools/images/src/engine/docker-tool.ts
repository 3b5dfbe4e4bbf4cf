import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessRunner } from '@rackwright/host';
import { temporaryFolder } from '@rackwright/testbed/without-nodes';
import type { BuildRequest, BuildTool } from './build-tool.ts';
import { buildWords, presentIn, runTool } from './run-tool.ts';

/** What docker needs. */
export interface DockerOptions {
  readonly runner: ProcessRunner;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/**
 * Whether docker can build with BuildKit: it has it built in up to 22, and as the
 * plugin buildx from 23 on. podman's Docker API needs neither, but the client does.
 */
export async function hasBuildKit(clientVersion: string, runner: ProcessRunner): Promise<boolean> {
  if (Number.parseInt(clientVersion, 10) < 23) return true;
  const answer = await runner
    .run(['docker', 'buildx', 'version'], { deadlineMs: 10_000 })
    .catch(() => undefined);
  return answer?.code === 0;
}

/**
 * docker, through its daemon. The daemon has one store for everybody: what is
 * built gets a name of its own there and is removed again; the bases stay.
 */
export function docker(version: string, options: DockerOptions): BuildTool {
  const { runner, signal } = options;
  // Before 23 docker builds without BuildKit, which does not know COPY --chmod, unless it is told to.
  const env = { ...presentIn(options.env), DOCKER_BUILDKIT: '1' };
  return {
    name: 'docker',
    version,
    async build(request: BuildRequest) {
      await using folder = await temporaryFolder('rwbuild-');
      const tag = `localhost/rackwright/building:${folder.path.slice(-6).toLowerCase()}`;
      const saved = join(folder.path, 'saved.tar');
      const run = (words: readonly string[]): Promise<string> =>
        runTool(runner, ['docker', ...words], { env, signal });
      for (const image of request.images) await run(['load', '--quiet', '--input', image]);
      try {
        await run(['build', ...(request.pull ? ['--pull'] : []), ...buildWords(request, tag)]);
        await run(['save', '--output', saved, tag]);
      } finally {
        await runner.run(['docker', 'rmi', tag], { env });
      }
      return await readFile(saved);
    },
  };
}
