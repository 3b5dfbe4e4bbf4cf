import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessRunner } from '@rackwright/host';
import { temporaryFolder } from '@rackwright/testbed';
import type { BuildRequest, BuildTool } from './build-tool.ts';
import { buildWords, runTool } from './run-tool.ts';

/**
 * docker, through its daemon. The daemon has one store for everybody: what is
 * built gets a name of its own there and is removed again; the bases stay.
 */
export function docker(version: string, runner: ProcessRunner, signal: AbortSignal): BuildTool {
  return {
    name: 'docker',
    version,
    async build(request: BuildRequest) {
      await using folder = await temporaryFolder('rwbuild-');
      const tag = `localhost/rackwright/building:${folder.path.slice(-6).toLowerCase()}`;
      const saved = join(folder.path, 'saved.tar');
      const run = (words: readonly string[]): Promise<string> =>
        runTool(runner, ['docker', ...words], { signal });
      for (const image of request.images) await run(['load', '--quiet', '--input', image]);
      try {
        await run(['build', ...(request.pull ? ['--pull'] : []), ...buildWords(request, tag)]);
        await run(['save', '--output', saved, tag]);
      } finally {
        await runner.run(['docker', 'rmi', tag]);
      }
      return await readFile(saved);
    },
  };
}
