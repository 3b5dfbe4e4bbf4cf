import { HwError } from '@rackwright/core';
import type { UnaryMethod } from '@rackwright/grpc';
import { sharedFolder, waitUntil } from '@rackwright/testbed';
import type { MachineEnvironment } from '../machine-suite.ts';
import { type CsiAnswer, type CsiQuestion, callerSocket } from './testing/csi-caller-protocol.ts';

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

  async timed<Q, R>(method: UnaryMethod<Q, R>, request: Q, timeoutMs = 120_000): Promise<TimedResponse<R>> {
    const question: CsiQuestion = {
      ...{ endpoint: this.#endpoint, path: method.path, timeoutMs },
      request: method.requestSerialize(request).toString('base64'),
    };
    const line = await this.#testEnv.machine.call('ask', {
      socket: callerSocket,
      line: JSON.stringify(question),
    });
    const { response, error, milliseconds } = JSON.parse(line) as CsiAnswer;
    if (error !== undefined) throw new HwError(error.code, error.message);
    return { response: method.responseDeserialize(Buffer.from(response ?? '', 'base64')), milliseconds };
  }
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
