import { type ContainerEngine, type EngineOptions, ownLabel } from './engine.ts';
import { runCommand } from './run-command.ts';

/**
 * docker's daemon has one store for everybody: what was not there before goes
 * again, and of the containers only ours.
 */
export async function openDocker(options: EngineOptions, version: string): Promise<ContainerEngine> {
  const { env, runner } = options;
  const docker = (...words: string[]): Promise<string> => runCommand(['docker', ...words], options);
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
      const ids = await runner.run([
        'docker',
        'ps',
        '--all',
        '--quiet',
        '--filter',
        `label=${ownLabel.name}=${ownLabel.value}`,
      ]);
      if (lines(ids.stdout).length > 0) await remove('rm', '--force', ...lines(ids.stdout));
      const images = loaded.filter((name) => !before.has(name));
      if (images.length > 0) await remove('rmi', ...images);
    },
  };
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
