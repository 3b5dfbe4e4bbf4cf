import { readFileSync } from 'node:fs';
import { systemClock } from '@rackwright/core';
import type { HostRoot } from '@rackwright/host';
import { knownModules, loadedModules, setModules } from '../host/loaded-modules.ts';
import { allDrivers } from '../kinds.ts';
import { type CommandCall, type CommandOutcome, type HostCommand, unknownWords } from './command.ts';
import { badWord, isBad, isGiven, type OptionSpec, type ParsedWords, parseWords } from './options.ts';

const known = knownModules(allDrivers);

/** modprobe(8) of kmod: loads a module with those it needs, unloads it with those nobody needs any more. */
export const modprobe: HostCommand = {
  name: 'modprobe',
  folder: '/usr/sbin',
  run: (call) => {
    const words = parseWords(call.args, options);
    if (isBad(words)) return badWord('modprobe', words, '');
    const { operands } = words;
    if (operands.length === 0) return { code: 1, stderr: 'modprobe: ERROR: missing parameters. See -h.\n' };
    if (isGiven(words, '--remove')) return firstFailure(operands, (name) => unload(call, name), words);
    if (isGiven(words, '--all')) return loadAll(call, operands, words);
    const [name = '', ...parameters] = operands;
    // Parameters of a module mean nothing here.
    if (parameters.some((word) => !word.includes('='))) return unknownWords('modprobe', parameters.join(' '));
    return firstFailure([name], (one) => load(call, one), words);
  },
};

const options: readonly OptionSpec[] = [
  { names: ['--remove', '-r'] },
  { names: ['--all', '-a'] },
  { names: ['--quiet', '-q'] },
  { names: ['--use-blacklist', '-b'] },
];

/** The modules one after the other, until one fails. */
function firstFailure(
  names: readonly string[],
  change: (name: string) => CommandOutcome,
  words: ParsedWords,
): CommandOutcome {
  for (const name of names) {
    const outcome = change(name.replaceAll('-', '_'));
    if (outcome.code !== 0) return isGiven(words, '--quiet') ? { code: outcome.code } : outcome;
  }
  return { code: 0 };
}

/** All of them, whatever fails in between. */
function loadAll(call: CommandCall, names: readonly string[], words: ParsedWords): CommandOutcome {
  const outcomes = names.map((name) => load(call, name.replaceAll('-', '_')));
  const said = outcomes.map(({ stderr = '' }) => stderr.replace('FATAL', 'WARNING')).join('');
  return {
    code: Math.max(...outcomes.map(({ code }) => code)),
    ...(isGiven(words, '--quiet') ? {} : { stderr: said }),
  };
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
