import { HwError, isHwError } from '@rackwright/core';
import { type CommandCall, type CommandOutcome, unknownWords } from '../../commands/command.ts';
import {
  badWord,
  isBad,
  isGiven,
  type OptionSpec,
  optionValue,
  type ParsedWords,
  parseWords,
} from '../../commands/options.ts';
import { diskAtPath } from '../../disks/host-disk.ts';
import { isHeld, isMounted } from '../../file-systems/mounted.ts';
import { changeState, readState } from '../../host/model.ts';
import { printJson } from '../../nvme/cli/documents.ts';
import { addNamespace } from '../namespaces.ts';
import { pmemModel } from '../pmem-model.ts';
import { type PmemNamespace, type PmemRegion, regionNamed, uuidFor, withNamespaces } from '../region.ts';
import type { PmemMode } from '../spec.ts';
import { namespaceDocument } from './namespace-document.ts';

const takes = (...names: [string, ...string[]]): OptionSpec => ({ names, takes: true });
const force: OptionSpec = { names: ['--force', '-f'] };
const creation: readonly OptionSpec[] = [
  ...[takes('--bus', '-b'), takes('--region', '-r'), takes('--mode', '-m'), takes('--size', '-s')],
  ...[takes('--name', '-n'), takes('--uuid', '-u'), takes('--map', '-M'), takes('--align', '-a')],
  ...[takes('--sector-size', '-l'), takes('--reconfig', '-e'), force],
];

/** ndctl-create-namespace(1), new ones and `--reconfig` of one that is there. */
export function createNamespace(call: CommandCall, args: readonly string[]): CommandOutcome {
  const words = parseWords(args, creation);
  if (isBad(words)) return badWord('ndctl', words, '', 129);
  if (readState(call.root, pmemModel) === undefined) return failed('create', 'No such device or address');
  try {
    return make(call, words);
  } catch (error) {
    if (!isHwError(error)) throw error;
    return failed(
      'create',
      error.code === 'ResourceExhausted' ? 'No space left on device' : 'Invalid argument',
    );
  }
}

function failed(what: string, why: string): CommandOutcome {
  return { code: 1, stderr: `failed to ${what} namespace: ${why}\n` };
}

function make(call: CommandCall, words: ParsedWords): CommandOutcome {
  const old = optionValue(words, '--reconfig');
  const [size, mode] = [optionValue(words, '--size'), optionValue(words, '--mode')];
  const spec = {
    ...(size !== undefined && { bytes: bytesOf(size) }),
    ...(mode !== undefined && { mode: mode as PmemMode }),
    ...given(words, '--name', 'name'),
    ...given(words, '--uuid', 'uuid'),
  };
  let document: Record<string, unknown> = {};
  changeState(call.root, pmemModel, (state) => {
    const found = old === undefined ? undefined : namespaceNamed(state.regions, old);
    if (old !== undefined && found === undefined) throw new HwError('NotFound', `there is no ${old}`);
    const name = found === undefined ? optionValue(words, '--region') : `region${found.region.id}`;
    const before = regionNamed(state, name ?? '');
    if (found !== undefined && !before.labelled) {
      const held = withHolder(before, found.namespace, spec.mode);
      document = namespaceDocument(before, held, false);
      return withNamespaces(state, before.id, [held]);
    }
    const rest = before.namespaces.filter((one) => one !== found?.namespace);
    const next = addNamespace(withNamespaces(state, before.id, rest), before.id, {
      ...(found !== undefined && { bytes: found.namespace.bytes }),
      ...spec,
    });
    const after = regionNamed(next, `region${before.id}`);
    const made = after.namespaces.find((one) => !rest.includes(one));
    if (made !== undefined) document = namespaceDocument(after, made, false);
    return next;
  });
  call.step();
  return { code: 0, stdout: printJson(document) };
}

/** Without labels it stays where it is, and what holds it is written into itself. */
function withHolder(region: PmemRegion, namespace: PmemNamespace, mode: PmemMode = 'fsdax'): PmemNamespace {
  if (mode !== 'fsdax') throw new HwError('InvalidArgument', `${mode} is not known here without labels`);
  const holder = { kind: 'pfn', id: 0, uuid: uuidFor(`pfn ${region.id}`) } as const;
  return { ...namespace, mode, holder };
}

function given(words: ParsedWords, option: string, key: string): Record<string, string> {
  const value = optionValue(words, option);
  return value === undefined ? {} : { [key]: value };
}

/** `268435456`, `256M`, `1g` */
function bytesOf(text: string): number {
  const [, digits, unit = ''] = /^(\d+)([kmgt]?)$/i.exec(text) ?? [];
  const factor = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 }[unit.toLowerCase()] ?? 1;
  if (digits === undefined) throw new HwError('InvalidArgument', `${text} is no size`);
  return Number(digits) * factor;
}

/** ndctl-destroy-namespace(1). */
export function destroyNamespace(call: CommandCall, args: readonly string[]): CommandOutcome {
  const words = parseWords(args, [force]);
  if (isBad(words)) return badWord('ndctl', words, '', 129);
  const [name = '', ...more] = words.operands;
  if (more.length > 0) return unknownWords('ndctl', more.join(' '));
  const found = namespaceNamed(readState(call.root, pmemModel)?.regions ?? [], name);
  if (found === undefined)
    return {
      code: 1,
      stderr: 'error destroying namespaces: No such device or address\ndestroyed 0 namespaces\n',
    };
  const { region, namespace } = found;
  if (namespace.enabled && !isGiven(words, '--force')) {
    const hint = `Error: destroy namespace: ${name} is active, specify --force for re-configuration\n\n`;
    return {
      code: 1,
      stderr: `${hint}error destroying namespaces: Device or resource busy\ndestroyed 0 namespaces\n`,
    };
  }
  if (isBusy(call, region, namespace))
    return {
      code: 1,
      stderr: 'error destroying namespaces: Device or resource busy\ndestroyed 0 namespaces\n',
    };
  changeState(call.root, pmemModel, (state) => {
    const now = regionNamed(state, `region${region.id}`);
    return withNamespaces(
      state,
      now.id,
      now.namespaces.filter(({ id }) => id !== namespace.id),
    );
  });
  call.step();
  return { code: 0, stderr: 'destroyed 1 namespace\n' };
}

/** ndctl-enable-namespace(1); one that is enabled is fine. */
export function enableNamespace(call: CommandCall, [name = '']: readonly string[]): CommandOutcome {
  const found = namespaceNamed(readState(call.root, pmemModel)?.regions ?? [], name);
  if (found === undefined)
    return {
      code: 1,
      stderr: 'error enabling namespaces: No such device or address\nenabled 0 namespaces\n',
    };
  changeState(call.root, pmemModel, (state) => {
    const { id, namespaces } = regionNamed(state, `region${found.region.id}`);
    const enabled = namespaces.map((one) =>
      one.id === found.namespace.id ? { ...one, enabled: true } : one,
    );
    return withNamespaces(state, id, enabled);
  });
  call.step();
  return { code: 0, stderr: 'enabled 1 namespace\n' };
}

function isBusy({ root }: CommandCall, region: PmemRegion, namespace: PmemNamespace): boolean {
  const { blockdev } = namespaceDocument(region, namespace, false);
  const disk = typeof blockdev === 'string' ? diskAtPath(root, `/dev/${blockdev}`) : undefined;
  return disk !== undefined && (isMounted(root, disk) || isHeld(root, disk));
}

function namespaceNamed(
  regions: readonly PmemRegion[],
  name: string,
): { readonly region: PmemRegion; readonly namespace: PmemNamespace } | undefined {
  for (const region of regions) {
    const namespace = region.namespaces.find(({ id }) => `namespace${region.id}.${id}` === name);
    if (namespace !== undefined) return { region, namespace };
  }
  return undefined;
}
