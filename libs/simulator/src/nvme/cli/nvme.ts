import { systemClock } from '@rackwright/core';
import {
  type CommandCall,
  type CommandOutcome,
  type HostCommand,
  unknownWords,
} from '../../commands/command.ts';
import {
  badWord,
  isBad,
  type OptionSpec,
  optionValue,
  type ParsedWords,
  parseWords,
} from '../../commands/options.ts';
import { changeState, readState } from '../../host/model.ts';
import { boundControllers, type NvmeController } from '../controller.ts';
import { nvmeModel } from '../nvme-hardware.ts';
import { smartPage } from '../smart.ts';
import { RESET_MS, resetBegins, resetEnds, scanNamespaces } from '../transitions.ts';
import {
  identifyDocument,
  listDocument,
  listedDisks,
  listTable,
  printJson,
  smartDocument,
} from './documents.ts';

/** What a command does once its words are read. */
type Run = (call: CommandCall, words: ParsedWords) => CommandOutcome;

const format: OptionSpec = { names: ['--output-format', '-o'], takes: true };
const namespace: OptionSpec = { names: ['--namespace-id', '-n'], takes: true };

const commands: Readonly<Record<string, { readonly options: readonly OptionSpec[]; readonly run: Run }>> = {
  list: { options: [format], run: list },
  'smart-log': { options: [format, namespace], run: (call, words) => withController(call, words, smartLog) },
  'id-ctrl': { options: [format], run: (call, words) => withController(call, words, identify) },
  reset: { options: [], run: (call, words) => withController(call, words, reset) },
  'ns-rescan': { options: [], run: (call, words) => withController(call, words, rescan) },
  version: {
    options: [],
    run: () => ({ code: 0, stdout: 'nvme version 2.3 (git 2.3)\nlibnvme version 1.3 (git 1.3)\n' }),
  },
};

/** nvme(1) of nvme-cli 2.3. */
export const nvmeCommands: readonly HostCommand[] = [
  {
    name: 'nvme',
    folder: '/usr/sbin',
    run: (call) => {
      const [name = '', ...args] = call.args;
      const command = commands[name];
      if (command === undefined) {
        return {
          code: 1,
          stderr: `ERROR: Invalid sub-command '${name}'\nnvme-2.3\nusage: nvme <command> [<device>] [<args>]\n`,
        };
      }
      const words = parseWords(args, command.options);
      if (isBad(words)) return badWord(name, words, `Usage: nvme ${name} <device> [OPTIONS]\n`);
      return command.run(call, words);
    },
  },
];

function list({ root }: CommandCall, words: ParsedWords): CommandOutcome {
  const state = readState(root, nvmeModel);
  if (state === undefined) return { code: 1, stderr: 'Failed to scan topology: No such file or directory\n' };
  const disks = listedDisks(state);
  switch (optionValue(words, '--output-format') ?? 'normal') {
    case 'json':
      return { code: 0, stdout: printJson(listDocument(disks)) };
    case 'normal':
      return { code: 0, stdout: listTable(disks) };
    default:
      return unknownWords('nvme', `list -o ${optionValue(words, '--output-format')}`);
  }
}

type OnController = (call: CommandCall, controller: NvmeController, words: ParsedWords) => CommandOutcome;

/** Opens a controller: the kernel lets nobody in while it is not live (drivers/nvme/host/core.c, nvme_dev_open). */
function withController(call: CommandCall, words: ParsedWords, run: OnController): CommandOutcome {
  const [path = ''] = words.operands;
  const controller = controllerAt(call, path);
  const command = call.args[0] ?? '';
  if (controller === undefined) return unopened(command, path, 'No such file or directory');
  if (controller.state !== 'live') return unopened(command, path, 'Resource temporarily unavailable');
  return run(call, controller, words);
}

function unopened(command: string, path: string, why: string): CommandOutcome {
  return { code: 1, stderr: `${path}: ${why}\nUsage: nvme ${command} <device> [OPTIONS]\n` };
}

function controllerAt({ root, hostPath }: CommandCall, path: string): NvmeController | undefined {
  const [, instance] = /^\/dev\/nvme(\d+)(?:n\d+)?$/.exec(hostPath(path)) ?? [];
  const state = readState(root, nvmeModel);
  return state && boundControllers(state).find((one) => `${one.instance}` === instance);
}

const pause = new Int32Array(new SharedArrayBuffer(4));
const lookMs = 20;

/** Waits for the drive as long as it takes for a command; nothing if it is gone by then. */
function answer(call: CommandCall, { id }: NvmeController): NvmeController | undefined {
  const begun = systemClock.monotonic();
  for (;;) {
    const now = readState(call.root, nvmeModel)?.controllers.find((one) => one.id === id);
    if (now?.presence !== 'bound' || now.state === 'dead') return undefined;
    const left = now.admin.delayMs - (systemClock.monotonic() - begun);
    if (left <= 0 && now.state === 'live') return now;
    Atomics.wait(pause, 0, 0, Math.min(lookMs, Math.max(1, left)));
  }
}

/** An admin command: what the drive answers, or how the command failed. */
function command(
  call: CommandCall,
  controller: NvmeController,
  what: string,
  run: (now: NvmeController) => CommandOutcome,
): CommandOutcome {
  const now = answer(call, controller);
  if (now === undefined) return { code: 1, stderr: `${what}: No such device\n` };
  if (now.admin.fails) {
    const why = 'Internal Error: The command was not completed successfully due to an internal error';
    return { code: 1, stderr: `NVMe status: ${why}(0x6)\n` };
  }
  return run(now);
}

function smartLog(call: CommandCall, controller: NvmeController, words: ParsedWords): CommandOutcome {
  return command(call, controller, 'smart log', ({ smart }) => {
    switch (optionValue(words, '--output-format')) {
      case 'json':
        return { code: 0, stdout: printJson(smartDocument(smart)) };
      case 'binary':
        return { code: 0, bytes: smartPage(smart) };
      default:
        return unknownWords('nvme', 'smart-log in a format other than json and binary');
    }
  });
}

function identify(call: CommandCall, controller: NvmeController, words: ParsedWords): CommandOutcome {
  return command(call, controller, 'identify controller', (now) =>
    optionValue(words, '--output-format') === 'json'
      ? { code: 0, stdout: printJson(identifyDocument(now)) }
      : unknownWords('nvme', 'id-ctrl in a format other than json'),
  );
}

/** Ends when the controller is live again, or will not be. */
function reset(call: CommandCall, { id }: NvmeController, { operands }: ParsedWords): CommandOutcome {
  if (/n\d+$/.test(operands[0] ?? '')) return { code: 1, stderr: 'Reset: Block device required\n' };
  changeState(call.root, nvmeModel, (state) => resetBegins(state, id));
  call.step();
  Atomics.wait(pause, 0, 0, RESET_MS);
  changeState(call.root, nvmeModel, (state) => resetEnds(state, id));
  call.step();
  while (stateOf(call, id) === 'resetting') Atomics.wait(pause, 0, 0, lookMs);
  if (stateOf(call, id) === 'live') return { code: 0 };
  return { code: 1, stderr: 'Reset: Network dropped connection on reset\n' };
}

function stateOf({ root }: CommandCall, id: number): NvmeController['state'] | undefined {
  const found = readState(root, nvmeModel)?.controllers.find((one) => one.id === id);
  return found?.presence === 'bound' ? found.state : undefined;
}

function rescan(call: CommandCall, { id }: NvmeController): CommandOutcome {
  changeState(call.root, nvmeModel, (state) => scanNamespaces(state, id));
  call.step();
  return { code: 0 };
}
