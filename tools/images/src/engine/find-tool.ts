import { HwError } from '@rackwright/core';
import type { ProcessRunner } from '@rackwright/host';
import type { BuildTool } from './build-tool.ts';
import { buildah, podman } from './containers-tool.ts';
import { docker } from './docker-tool.ts';

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
  docker: ['version', '--format', '{{.Server.Version}}'],
  podman: ['--version'],
  buildah: ['--version'],
};

/**
 * The first of docker, podman and buildah that answers, or the one that
 * `RACKWRIGHT_BUILD_TOOL` names.
 *
 * @throws HwError FailedPrecondition saying what was tried and what to install
 */
export async function findBuildTool(options: FindToolOptions): Promise<BuildTool> {
  const asked = options.env.RACKWRIGHT_BUILD_TOOL;
  const candidates = toolNames.filter((name) => asked === undefined || asked === '' || asked === name);
  for (const name of candidates) {
    const version = await versionOf(name, options.runner);
    if (version !== undefined) return open(name, version, options);
  }
  const tried = candidates.length === 0 ? `RACKWRIGHT_BUILD_TOOL=${asked}` : candidates.join(', ');
  throw new HwError('FailedPrecondition', `nothing here builds container images (tried: ${tried})`, {
    remedy: 'install buildah (apt-get install buildah), or podman, or start a docker daemon',
  });
}

async function versionOf(name: ToolName, runner: ProcessRunner): Promise<string | undefined> {
  try {
    const { code, stdout } = await runner.run([name, ...versionWords[name]], { deadlineMs: 10_000 });
    return code === 0 ? /\d+\.\d+\S*/.exec(stdout)?.[0] : undefined;
  } catch {
    return undefined;
  }
}

function open(name: ToolName, version: string, { env, runner, signal }: FindToolOptions): BuildTool {
  if (name === 'docker') return docker(version, runner, signal);
  return (name === 'podman' ? podman : buildah)({ version, runner, env, signal });
}
