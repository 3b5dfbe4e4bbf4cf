import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fail, ok, type Result } from '@rackwright/core';
import type { ProgramSpec } from './catalogue.ts';
import type { ProgramSource, SearchContext } from './context.ts';
import { askVersion, fits, formatVersion, parseVersion } from './version.ts';

/** The folder of the envtest convention. What the user points at is taken in whatever version, if it runs. */
export const assetsSource: ProgramSource = {
  name: 'KUBEBUILDER_ASSETS',
  async find(spec, { env, clock, signal }) {
    const folder = env.KUBEBUILDER_ASSETS;
    if (!folder) return fail('not set');
    const path = join(folder, spec.name);
    if (!(await isExecutable(path))) return fail(`no ${spec.name} in ${folder}`);
    const version = await askVersion(path, spec.versionArgs, clock, signal);
    return version.ok ? ok(path) : version;
  },
};

export const cacheSource: ProgramSource = {
  name: 'cache',
  find: (spec, { cache, signal }) => cache.find(spec, signal),
};

/** The first command on PATH whose own word on its version fits. */
export const pathSource: ProgramSource = {
  name: 'PATH',
  async find(spec, context) {
    const misses: string[] = [];
    for (const path of await onPath(spec.commands ?? [spec.name], context.env.PATH ?? '')) {
      const checked = await checkFit(path, spec, context);
      if (checked.ok) return checked;
      misses.push(checked.error);
    }
    return fail(misses.length === 0 ? 'not there' : misses.join('; '));
  },
};

async function checkFit(
  path: string,
  spec: ProgramSpec,
  { clock, signal }: SearchContext,
): Promise<Result<string, string>> {
  const found = await askVersion(path, spec.versionArgs, clock, signal);
  if (!found.ok) return found;
  const wanted = parseVersion(spec.version);
  if (wanted !== undefined && fits(found.value, wanted)) return ok(path);
  return fail(`${path} is version ${formatVersion(found.value)}, which does not fit ${spec.version}`);
}

/** Every executable of one of these names, in the order of PATH. */
export async function onPath(names: readonly string[], path: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of names) {
    for (const folder of path.split(delimiter)) {
      const candidate = join(folder, name);
      if (folder !== '' && (await isExecutable(candidate))) found.push(candidate);
    }
  }
  return found;
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
