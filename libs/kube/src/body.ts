import type { IncomingMessage } from 'node:http';
import { KubeError } from './error.ts';

/**
 * Reads a body to its end.
 * @throws KubeError ResourceExhausted when it is longer than `maxBytes`
 */
export async function readBody(
  response: IncomingMessage,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  const onAbort = (): void => {
    response.destroy();
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxBytes) throw tooLarge(maxBytes);
      chunks.push(chunk);
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    response.destroy();
  }
  return Buffer.concat(chunks).toString('utf8');
}

function tooLarge(maxBytes: number): KubeError {
  return new KubeError('ResourceExhausted', `the answer is larger than ${maxBytes} bytes`, {
    status: 0,
    reason: 'AnswerTooLarge',
    remedy: 'ask for smaller pages',
  });
}
