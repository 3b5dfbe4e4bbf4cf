import { readFile, realpath } from 'node:fs/promises';
import { HostRoot, type ProcessRunner } from '@rackwright/host';
import type { Component } from './component.ts';

/** The Debian packages files of this machine come from; a file of none is a component of its own. */
export async function debianComponents(
  files: readonly string[],
  runner: ProcessRunner,
): Promise<Component[]> {
  const byPackage = new Map<string, string[]>();
  const components: Component[] = [];
  const distribution = await readDistribution();
  for (const file of [...files].sort()) {
    const owner = await packageOf(file, runner);
    if (owner === undefined) components.push(unowned(file));
    else byPackage.set(owner, [...(byPackage.get(owner) ?? []), file]);
  }
  for (const [name, owned] of [...byPackage].sort(([a], [b]) => (a < b ? -1 : 1))) {
    components.push(await debianComponent(name, owned, distribution, runner));
  }
  return components;
}

async function packageOf(file: string, runner: ProcessRunner): Promise<string | undefined> {
  // Debian lists a file by the path it was packed with, before /lib became a link to /usr/lib.
  const real = await realpath(file);
  const names = new Set([file, real, real.replace(/^\/usr/, '')]);
  const outcome = await runner.run(['dpkg-query', '--search', ...names]).catch(() => undefined);
  return outcome === undefined ? undefined : parseOwner(outcome.stdout);
}

/** The first package in what `dpkg-query --search` prints. */
export function parseOwner(text: string): string | undefined {
  const line = text.split('\n').find((each) => /^\S+: \//.test(each) || /^\S+(, \S+)+: \//.test(each));
  return line?.split(/[,\s]/)[0]?.replace(/:$/, '');
}

async function debianComponent(
  name: string,
  files: readonly string[],
  { id, version: release }: Distribution,
  runner: ProcessRunner,
): Promise<Component> {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders
  const format = '${Version} ${Architecture}';
  const { stdout } = await runner.run(['dpkg-query', '--show', `--showformat=${format}`, name]);
  const [version = 'unknown', architecture = 'all'] = stdout.trim().split(' ');
  const plain = name.replace(/:.*/, '');
  return {
    name: plain,
    version,
    licence: 'NOASSERTION',
    purl: `pkg:deb/${id}/${plain}@${encodeURIComponent(version)}?arch=${architecture}&distro=${id}-${release}`,
    comment: `files: ${files.join(' ')}`,
  };
}

interface Distribution {
  readonly id: string;
  readonly version: string;
}

async function readDistribution(): Promise<Distribution> {
  const root = new HostRoot();
  return parseOsRelease(await readFile(root.path(root.etc('os-release')), 'utf8').catch(() => ''));
}

/** The distribution, as os-release(5) names it; scanners look its packages up by it. */
export function parseOsRelease(text: string): Distribution {
  const value = (key: string): string | undefined =>
    new RegExp(`^${key}="?([^"\\n]*)"?$`, 'm').exec(text)?.[1];
  return { id: value('ID') ?? 'linux', version: value('VERSION_ID') ?? 'unknown' };
}

function unowned(file: string): Component {
  return { name: file, version: 'unknown', licence: 'NOASSERTION', purl: `pkg:generic${file}` };
}
