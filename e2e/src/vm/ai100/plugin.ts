import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type GuestExit, sharedFolder, waitUntil, workspaceRoot } from '@rackwright/testbed';
import { expectThat } from '../../expect.ts';
import type { MachineEnvironment } from '../machine-suite.ts';
import { notePlugin } from './journal.ts';
import {
  areOffered,
  type KubeletAnswer,
  type KubeletQuestion,
  kubeletSocket,
  type WantedUnits,
} from './testing/kubelet-protocol.ts';

export const resource = 'phison.com/ai100';

/** The built plugin; the guest has it where this machine has it. */
const bundle = join(workspaceRoot, 'dist/apps/ai100-device-plugin/main.js');
/** What it logs, in the guest. */
const pluginLog = join(sharedFolder, 'plugin.log');

/** Starts the kubelet in the guest, unless it runs. */
export async function startKubelet(testEnv: MachineEnvironment): Promise<void> {
  const { machine, clock, signal } = testEnv;
  if (await isListening(testEnv)) return;
  await machine.call('start', {
    argv: [process.execPath, machine.program('kubelet')],
    env: {},
    log: join(sharedFolder, 'kubelet.log'),
  });
  await waitUntil('the kubelet', () => isListening(testEnv), { clock, signal, deadlineMs: 180_000 });
}

function isListening(testEnv: MachineEnvironment): Promise<boolean> {
  return askKubelet(testEnv).then(
    () => true,
    () => false,
  );
}

/** What the kubelet has seen of the plugin, after doing what it is told. */
export async function askKubelet(
  { machine }: MachineEnvironment,
  question: Omit<KubeletQuestion, 'resource'> = {},
): Promise<KubeletAnswer> {
  const line = JSON.stringify({ resource, ...question } satisfies KubeletQuestion);
  return JSON.parse(await machine.call('ask', { socket: kubeletSocket, line })) as KubeletAnswer;
}

/** The kubelet is asked again after so long, so that a case that is given up ends. */
const askedForMs = 5000;

/** Waits until the kubelet is offered these units. */
export function untilKubeletSees(
  testEnv: MachineEnvironment,
  wanted: WantedUnits,
  deadlineMs = 240_000,
): Promise<KubeletAnswer> {
  const { clock, signal } = testEnv;
  const look = async (): Promise<KubeletAnswer | undefined> => {
    const seen = await askKubelet(testEnv, { awaits: { ...wanted, withinMs: askedForMs } });
    return areOffered(seen, wanted) ? seen : undefined;
  };
  return waitUntil(`${wanted.count} ${wanted.health} units`, look, { clock, signal, deadlineMs });
}

function logText({ machine }: MachineEnvironment): Promise<string> {
  return readFile(join(machine.shared, basename(pluginLog)), 'utf8').catch(() => '');
}

/** The plugin in the guest. */
export class GuestPlugin {
  readonly #testEnv: MachineEnvironment;
  readonly pid: number;
  /** How often a plugin had registered when this one was started. */
  readonly registrationsBefore: number;
  /** How much plugins had logged by then. */
  readonly #loggedBefore: number;

  private constructor(
    testEnv: MachineEnvironment,
    pid: number,
    before: { readonly registrations: number; readonly logged: number },
  ) {
    this.#testEnv = testEnv;
    this.pid = pid;
    this.registrationsBefore = before.registrations;
    this.#loggedBefore = before.logged;
  }

  static async start(testEnv: MachineEnvironment, flags: readonly string[]): Promise<GuestPlugin> {
    const { machine } = testEnv;
    const { registrations } = await askKubelet(testEnv).catch(() => ({ registrations: 0 }));
    const { length: logged } = await logText(testEnv);
    const pid = await machine.call('start', {
      argv: [process.execPath, bundle, ...flags],
      env: { NODE_NAME: 'guest' },
      log: pluginLog,
    });
    await notePlugin(testEnv, pid);
    return new GuestPlugin(testEnv, pid, { registrations, logged });
  }

  /** Whether it logged a line with all these words: seen from outside, for the guest has one slow processor. */
  async hasLogged(...words: string[]): Promise<boolean> {
    const lines = (await logText(this.#testEnv)).slice(this.#loggedBefore).split('\n');
    return lines.some((line) => words.every((word) => line.includes(word)));
  }

  exit(): Promise<GuestExit | null> {
    return this.#testEnv.machine.call('exit', { pid: this.pid });
  }

  /** Waits until it has ended by itself or by what it was sent. */
  ended(deadlineMs = 120_000): Promise<GuestExit> {
    const { clock, signal } = this.#testEnv;
    const look = async (): Promise<GuestExit | undefined> => (await this.exit()) ?? undefined;
    return waitUntil('the end of the plugin', look, { clock, signal, deadlineMs, intervalMs: 250 });
  }

  /** Ends it as a kubelet ends a container. */
  async stop(): Promise<void> {
    await this.#testEnv.machine.call('signal', { pid: this.pid, name: 'SIGTERM' });
    const { code, signal } = await this.ended(30_000);
    expectThat('the plugin ends in order', code === 0 && signal === null, { code, signal });
  }

  /** Leaves nothing running for the next case. */
  async endIfRunning(): Promise<void> {
    if (this.#testEnv.machine.isOn && (await this.exit()) === null) await this.kill();
  }

  async kill(): Promise<void> {
    await this.#testEnv.machine.call('signal', { pid: this.pid, name: 'SIGKILL' });
    await this.ended(30_000);
  }
}
