import { readFileSync } from 'node:fs';
import {
  type CommandCall,
  type CommandOutcome,
  type HostCommand,
  unknownWords,
} from '../../commands/command.ts';
import { badWord, isBad, isGiven, type OptionSpec, parseWords } from '../../commands/options.ts';
import { readState } from '../../host/model.ts';
import { printJson } from '../../nvme/cli/documents.ts';
import { labelFile } from '../bus-tree.ts';
import { decodeLabelArea, type LabelArea } from '../label-area.ts';
import { pmemModel } from '../pmem-model.ts';
import { createNamespace, destroyNamespace, enableNamespace } from './change-namespaces.ts';
import { list } from './list.ts';

const options: readonly OptionSpec[] = [{ names: ['--json', '-j'] }];

/** ndctl(1) of ndctl 76, as far as it lists and changes namespaces and reads label areas. */
export const ndctl: HostCommand = {
  name: 'ndctl',
  folder: '/usr/bin',
  run: (call) => {
    const [command = '', ...args] = call.args;
    if (command === 'list') return list(call, args);
    if (command === 'create-namespace') return createNamespace(call, args);
    if (command === 'enable-namespace') return enableNamespace(call, args);
    if (command === 'destroy-namespace') return destroyNamespace(call, args);
    if (command !== 'read-labels') return unknownWords('ndctl', command);
    const words = parseWords(args, options);
    if (isBad(words)) return badWord('ndctl', words, '', 129);
    if (!isGiven(words, '--json')) return unknownWords('ndctl', 'read-labels without --json');
    return readLabels(call, words.operands);
  },
};

function readLabels(call: CommandCall, names: readonly string[]): CommandOutcome {
  const dimms = (readState(call.root, pmemModel)?.regions ?? []).flatMap((region) => region.dimms);
  const asked = names.includes('all') ? dimms.map((dimm) => `nmem${dimm}`) : names;
  const unknown = asked.find((name) => !dimms.some((dimm) => `nmem${dimm}` === name));
  if (unknown !== undefined) return { code: 1, stderr: `read 0 nmems\n` };
  const documents = asked.flatMap((name) => {
    const area = decodeLabelArea(readFileSync(call.root.path(labelFile(name))));
    return area === undefined ? [] : [document(name, area)];
  });
  const count = `read ${asked.length} nmem${asked.length === 1 ? '' : 's'}\n`;
  return { code: 0, stderr: count, stdout: documents.length === 0 ? '' : printJson(documents) };
}

function document(dev: string, { indexes, labels }: LabelArea): Record<string, unknown> {
  return {
    dev,
    index: indexes.map(({ seq, slots }) => ({
      ...{ signature: 'NAMESPACE_INDEX', major: 1, minor: 1, labelsize: 128, seq, nslot: slots },
    })),
    label: labels.map((label) => ({
      ...{
        uuid: label.uuid,
        name: label.name,
        slot: label.slot,
        position: label.position,
        nlabel: label.nlabel,
      },
      ...{ flags: label.flags, isetcookie: Number(label.isetCookie), lbasize: label.lbaSize, dpa: label.dpa },
      rawsize: label.rawSize,
    })),
  };
}
