import { isGone, parseOwner } from '@rackwright/testbed';
import { type ContainerEngine, type EngineOptions, ownLabel } from './engine.ts';
import { runCommand } from './run-command.ts';

/**
 * docker's daemon has one store for everybody: what was not there before goes
 * again, and of the containers only ours.
 */
export async function openDocker(options: EngineOptions, version: string): Promise<ContainerEngine> {
  const { env, runner } = options;
  const docker = (...words: string[]): Promise<string> => runCommand(['docker', ...words], options);
  await removeOrphans(docker);
  const before = new Set(lines(await docker('images', '--format', '{{.Repository}}:{{.Tag}}')));
  const loaded: string[] = [];
  return {
    name: `docker ${version}`,
    host: env.DOCKER_HOST,
    async load(archive) {
      const said = await docker('load', '--quiet', '--input', archive);
      loaded.push(...[...said.matchAll(/^Loaded image(?:\(s\))?: (\S+)$/gm)].map(([, name = '']) => name));
    },
    async [Symbol.asyncDispose]() {
      // The signal may have ended everything else; this still has to run.
      const remove = async (...words: string[]): Promise<void> => {
        await runner.run(['docker', ...words], { deadlineMs: 60_000 });
      };
      const own = `label=${ownLabel.name}=${ownLabel.value}`;
      const ids = await runner.run(['docker', 'ps', '--all', '--quiet', '--filter', own]);
      if (lines(ids.stdout).length > 0) await remove('rm', '--force', ...lines(ids.stdout));
      const images = loaded.filter((name) => !before.has(name));
      if (images.length > 0) await remove('rmi', ...images);
    },
  };
}

/** Removes containers of runs that were killed. */
async function removeOrphans(docker: (...words: string[]) => Promise<string>): Promise<void> {
  const all = ['ps', '--all', '--no-trunc', '--filter', `label=${ownLabel.name}`];
  const format = `{{.ID}} {{.Label "${ownLabel.name}"}}`;
  const ids = orphanedContainers(await docker(...all, '--format', format));
  if (ids.length > 0) await docker('rm', '--force', ...ids);
}

/** Ids of the containers in a list of ids and labels whose process is gone; one of another machine is never ours. */
export function orphanedContainers(list: string): string[] {
  return lines(list).flatMap((line) => {
    const [, id = '', label = ''] = /^(\S+) (.*)$/.exec(line) ?? [];
    const owner = parseOwner(label);
    return owner !== undefined && isGone(owner) ? [id] : [];
  });
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
