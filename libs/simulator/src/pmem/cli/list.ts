import type { CommandCall, CommandOutcome } from '../../commands/command.ts';
import {
  badWord,
  isBad,
  isGiven,
  type OptionSpec,
  type ParsedWords,
  parseWords,
} from '../../commands/options.ts';
import { readState } from '../../host/model.ts';
import { printJson } from '../../nvme/cli/documents.ts';
import { freeBytes, largestGap, seedOf } from '../namespaces.ts';
import { pmemModel } from '../pmem-model.ts';
import type { PmemRegion } from '../region.ts';
import { namespaceDocument, seedDocument } from './namespace-document.ts';

const options: readonly OptionSpec[] = [
  { names: ['--buses', '-B'] },
  { names: ['--regions', '-R'] },
  { names: ['--namespaces', '-N'] },
  { names: ['--dimms', '-D'] },
  { names: ['--idle', '-i'] },
  { names: ['--verbose', '-v'] },
];

/** ndctl-list(1): with buses an array of them, without one object. */
export function list(call: CommandCall, args: readonly string[]): CommandOutcome {
  const words = parseWords(args, options);
  if (isBad(words)) return badWord('ndctl', words, '', 129);
  const regions = readState(call.root, pmemModel)?.regions ?? [];
  const shown = regions.filter(({ enabled }) => enabled || isGiven(words, '--idle'));
  if (shown.length === 0) return { code: 0 };
  const buses = [...Map.groupBy(shown, ({ bus }) => bus)].map(([bus, own]) => ({
    ...(isGiven(words, '--buses') && { provider: 'ACPI.NFIT', dev: `ndbus${bus}` }),
    ...contents(own, words),
  }));
  return { code: 0, stdout: printJson(isGiven(words, '--buses') ? buses : contents(shown, words)) };
}

function contents(regions: readonly PmemRegion[], words: ParsedWords): Record<string, unknown> {
  const dimms = regions.flatMap((region) => region.dimms);
  return {
    ...(isGiven(words, '--dimms') && { dimms: dimms.map(dimm) }),
    // As the kernel lists them, the newest first.
    ...(isGiven(words, '--regions') && { regions: regions.toReversed().map((one) => region(one, words)) }),
  };
}

function dimm(number: number): Record<string, unknown> {
  const serial = `${(0x56 + number).toString(16)}341200`;
  return { dev: `nmem${number}`, id: `8680-${serial}`, handle: number + 1, phys_id: 0 };
}

function region(one: PmemRegion, words: ParsedWords): Record<string, unknown> {
  const share = one.bytes / one.ways;
  const idle = isGiven(words, '--idle');
  const verbose = isGiven(words, '--verbose');
  const there = one.namespaces.filter(({ enabled }) => enabled || idle);
  const seeds = idle && one.labelled ? [seedDocument(one, seedOf(one, 'namespace'))] : [];
  return {
    ...{ dev: `region${one.id}`, size: one.bytes, align: one.align },
    available_size: one.labelled ? freeBytes(one) : 0,
    max_available_extent: one.labelled ? largestGap(one) : 0,
    type: one.volatile ? 'volatile' : 'pmem',
    ...(one.labelled && { iset_id: Number(one.cookie) }),
    mappings: one.dimms.map((number, position) => ({
      ...{ dimm: `nmem${number}`, offset: 0, length: share, position },
    })),
    ...(one.readOnly && { readonly: true }),
    ...(!one.enabled && { state: 'disabled' }),
    persistence_domain: one.persistenceDomain ?? 'unknown',
    ...(isGiven(words, '--namespaces') &&
      one.enabled && {
        namespaces: [...seeds, ...there.toReversed().map((own) => namespaceDocument(one, own, verbose))],
      }),
  };
}
