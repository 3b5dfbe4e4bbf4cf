import { readFileSync } from 'node:fs';
import { systemClock } from '@rackwright/core';
import type { HostRoot } from '@rackwright/host';
import { knownModules, loadedModules, setModules } from '../host/loaded-modules.ts';
import { allDrivers } from '../kinds.ts';
import { type CommandCall, type CommandOutcome, type HostCommand, unknownWords } from './command.ts';

const known = knownModules(allDrivers);

/** modprobe(8) of kmod: loads a module with those it needs, unloads it with those nobody needs any more. */
export const modprobe: HostCommand = {
  name: 'modprobe',
  folder: '/usr/sbin',
  run: (call) => {
    const flags = call.args.filter((word) => word.startsWith('-'));
    const unknown = flags.find((flag) => !['-r', '--remove', '-q', '--quiet', '-a', '--all'].includes(flag));
    if (unknown !== undefined) return unknownWords('modprobe', unknown);
    const words = call.args.filter((word) => !word.startsWith('-'));
    const names =
      flags.includes('-a') || flags.includes('--all') || isRemoval(flags) ? words : words.slice(0, 1);
    if (names.length === 0) return { code: 1, stderr: 'modprobe: FATAL: no module specified\n' };
    const change = isRemoval(flags) ? unload : load;
    for (const name of names) {
      const outcome = change(call, name.replaceAll('-', '_'));
      if (outcome.code !== 0)
        return flags.some((flag) => /^(-q|--quiet)$/.test(flag)) ? { code: 1 } : outcome;
    }
    return { code: 0 };
  },
};

function isRemoval(flags: readonly string[]): boolean {
  return flags.includes('-r') || flags.includes('--remove');
}

function load({ root, step }: CommandCall, name: string): CommandOutcome {
  const loaded = loadedModules(root);
  if (loaded.includes(name)) return { code: 0 };
  if (!known.has(name)) {
    return {
      code: 1,
      stderr: `modprobe: FATAL: Module ${name} not found in directory /lib/modules/${release(root)}\n`,
    };
  }
  for (const needed of [...needsOf(name), name]) {
    const before = loadedModules(root);
    if (before.includes(needed)) continue;
    setModules(root, [...before, needed], allDrivers, systemClock.now());
    step();
  }
  return { code: 0 };
}

/** All that must be loaded before it, in that order. */
function needsOf(name: string): string[] {
  const direct = known.get(name)?.needs ?? [];
  return [...new Set(direct.flatMap((needed) => [...needsOf(needed), needed]))];
}

function unload({ root, step }: CommandCall, name: string): CommandOutcome {
  const loaded = loadedModules(root);
  if (!loaded.includes(name)) {
    return known.has(name)
      ? { code: 0 }
      : { code: 1, stderr: `modprobe: FATAL: Module ${name} not found.\n` };
  }
  if (isUsed(name, loaded)) return { code: 1, stderr: `modprobe: FATAL: Module ${name} is in use.\n` };
  setModules(
    root,
    loaded.filter((one) => one !== name),
    allDrivers,
    systemClock.now(),
  );
  step();
  for (const needed of known.get(name)?.needs ?? []) {
    const rest = loadedModules(root);
    if (rest.includes(needed) && !isUsed(needed, rest)) unload({ root, step } as CommandCall, needed);
  }
  return { code: 0 };
}

function isUsed(name: string, loaded: readonly string[]): boolean {
  return loaded.some((other) => known.get(other)?.needs?.includes(name));
}

function release(root: HostRoot): string {
  const text = readFileSync(root.path(root.proc('version')), 'utf8');
  return text.split(' ')[2] ?? '';
}
