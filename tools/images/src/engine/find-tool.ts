import { HwError } from '@rackwright/core';
import type { ProcessRunner } from '@rackwright/host';
import type { BuildTool } from './build-tool.ts';
import { buildah, podman } from './containers-tool.ts';
import { docker, hasBuildKit } from './docker-tool.ts';

/** What a search for a build tool needs. */
export interface FindToolOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly runner: ProcessRunner;
  readonly signal: AbortSignal;
}

const toolNames = ['docker', 'podman', 'buildah'] as const;
type ToolName = (typeof toolNames)[number];

/** Prints the version; docker's fails without a daemon, and its client alone builds nothing. */
const versionWords: Readonly<Record<ToolName, readonly string[]>> = {
  docker: ['version', '--format', '{{.Server.Version}} {{.Client.Version}}'],
  podman: ['--version'],
  buildah: ['--version'],
};

/**
 * The first of docker, podman and buildah that answers, or the one that
 * `RACKWRIGHT_BUILD_TOOL` names. docker without BuildKit counts as not there.
 *
 * @throws HwError FailedPrecondition saying what was tried and what to install
 */
export async function findBuildTool(options: FindToolOptions): Promise<BuildTool> {
  const asked = options.env.RACKWRIGHT_BUILD_TOOL;
  const candidates = toolNames.filter((name) => asked === undefined || asked === '' || asked === name);
  let without = '';
  for (const name of candidates) {
    const [version, client = ''] = await versionsOf(name, options.runner);
    if (version === undefined) continue;
    if (name !== 'docker' || (await hasBuildKit(client, options.runner))) return open(name, version, options);
    without = `; docker ${client} answers, but cannot build with BuildKit without its plugin buildx`;
  }
  const tried = candidates.length === 0 ? `RACKWRIGHT_BUILD_TOOL=${asked}` : candidates.join(', ');
  throw new HwError(
    'FailedPrecondition',
    `nothing here builds container images (tried: ${tried}${without})`,
    {
      remedy:
        without === ''
          ? 'install buildah (apt-get install buildah), or podman, or start a docker daemon'
          : 'install buildx (apt-get install docker-buildx, or docker-buildx-plugin of Docker), buildah or podman',
    },
  );
}

/** The version that builds and, of docker, that of its client. */
async function versionsOf(name: ToolName, runner: ProcessRunner): Promise<readonly string[]> {
  try {
    const { code, stdout } = await runner.run([name, ...versionWords[name]], { deadlineMs: 10_000 });
    return code === 0 ? (stdout.match(/\d+\.\d+\S*/g) ?? []) : [];
  } catch {
    return [];
  }
}

function open(name: ToolName, version: string, options: FindToolOptions): BuildTool {
  if (name === 'docker') return docker(version, options);
  return (name === 'podman' ? podman : buildah)({ version, ...options });
}
