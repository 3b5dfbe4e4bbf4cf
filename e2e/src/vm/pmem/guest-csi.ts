import { HwError } from '@rackwright/core';
import type { UnaryMethod } from '@rackwright/grpc';
import { sharedFolder, waitUntil } from '@rackwright/testbed';
import type { MachineEnvironment } from '../machine-suite.ts';
import {
  type CsiAnswer,
  type CsiCallBytes,
  type CsiQuestion,
  callerSocket,
} from './testing/csi-caller-protocol.ts';

/** What a call came to, and what it took in the guest. */
export interface TimedResponse<R> {
  readonly response: R;
  readonly milliseconds: number;
}

/** Calls a driver in the guest over its own CSI socket. */
export class GuestCsi {
  readonly #testEnv: MachineEnvironment;
  readonly #endpoint: string;

  constructor(testEnv: MachineEnvironment, endpoint: string) {
    this.#testEnv = testEnv;
    this.#endpoint = endpoint;
  }

  /** @throws HwError with the code of the driver's status */
  async call<Q, R>(method: UnaryMethod<Q, R>, request: Q, timeoutMs?: number): Promise<R> {
    return (await this.timed(method, request, timeoutMs)).response;
  }

  async timed<Q, R>(method: UnaryMethod<Q, R>, request: Q, timeoutMs?: number): Promise<TimedResponse<R>> {
    const [answer] = await this.#ask([callBytes(method, request)], timeoutMs);
    const { response = '', milliseconds = 0 } = answer ?? {};
    return { response: method.responseDeserialize(Buffer.from(response, 'base64')), milliseconds };
  }

  /** Makes calls one after the other without the host in between; resolves with the milliseconds of each. */
  async inSequence(calls: readonly CsiCallBytes[]): Promise<number[]> {
    return (await this.#ask(calls)).map(({ milliseconds }) => milliseconds);
  }

  async #ask(calls: readonly CsiCallBytes[], timeoutMs = 120_000): Promise<CsiAnswer[]> {
    const question: CsiQuestion = { endpoint: this.#endpoint, timeoutMs, calls };
    const line = JSON.stringify(question);
    const answers = JSON.parse(
      await this.#testEnv.machine.call('ask', { socket: callerSocket, line }),
    ) as CsiAnswer[];
    const error = answers.at(-1)?.error;
    if (error !== undefined) throw new HwError(error.code, error.message);
    return answers;
  }
}

/** A call for `inSequence`. */
export function callBytes<Q, R>(method: UnaryMethod<Q, R>, request: Q): CsiCallBytes {
  return { path: method.path, request: method.requestSerialize(request).toString('base64') };
}

/** Starts what calls drivers in the guest, unless it runs since the machine was switched on. */
export async function startCaller({ machine, clock, signal }: MachineEnvironment): Promise<void> {
  const listens = async (): Promise<boolean> => (await machine.run(['test', '-S', callerSocket])).code === 0;
  if (await listens()) return;
  await machine.call('start', {
    argv: [process.execPath, machine.program('csi-caller')],
    env: {},
    log: `${sharedFolder}/csi-caller.log`,
  });
  await waitUntil('what calls drivers', listens, { clock, signal, deadlineMs: 180_000 });
}
