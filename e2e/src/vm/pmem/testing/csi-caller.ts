/** Calls a CSI driver in the guest for the host: a socket of a guest ends at the guest. */
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { errorMessage, isHwError, systemClock } from '@rackwright/core';
import { CsiClient } from '@rackwright/csi';
import { type CsiAnswer, type CsiCallBytes, type CsiQuestion, callerSocket } from './csi-caller-protocol.ts';

rmSync(callerSocket, { force: true });
createServer((socket) => {
  createInterface(socket).on('line', (line) => {
    void answer(JSON.parse(line) as CsiQuestion).then((value) => socket.end(`${JSON.stringify(value)}\n`));
  });
}).listen(callerSocket);

async function answer({ endpoint, timeoutMs, calls }: CsiQuestion): Promise<CsiAnswer[]> {
  const client = new CsiClient({ endpoint, clock: systemClock, timeoutMs });
  const answers: CsiAnswer[] = [];
  for (const call of calls) {
    const one = await answerOne(client, call);
    answers.push(one);
    if (one.error !== undefined) break;
  }
  return answers;
}

async function answerOne(client: CsiClient, { path, request }: CsiCallBytes): Promise<CsiAnswer> {
  const started = systemClock.monotonic();
  const milliseconds = (): number => systemClock.monotonic() - started;
  try {
    const bytes = await client.call(bytesOf(path), Buffer.from(request, 'base64'));
    return { response: bytes.toString('base64'), milliseconds: milliseconds() };
  } catch (error) {
    const code = isHwError(error) ? error.code : 'Internal';
    return { error: { code, message: errorMessage(error) }, milliseconds: milliseconds() };
  }
}

/** A method whose messages stay as they are. */
function bytesOf(path: string) {
  const same = (bytes: Buffer): Buffer => bytes;
  return { path, requestSerialize: same, responseDeserialize: same };
}
