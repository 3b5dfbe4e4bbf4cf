import { HwError } from '@rackwright/core';

export interface Posted {
  readonly url: URL;
  /** Name the certificate must have. */
  readonly serverName: string;
  readonly body: string;
  readonly token: string;
  /** Certificates that are trusted, PEM; no others are. */
  readonly ca: string;
}

/** An answer says no more. */
const maxAnswerBytes = 4096;

/**
 * POSTs JSON over TLS and returns the status and text of the answer.
 *
 * @throws whatever the connection fails with
 */
export async function post(
  { url, serverName: servername, body, token, ca }: Posted,
  signal: AbortSignal,
): Promise<{ status: number; text: string }> {
  // TLS weighs megabytes, and not every exporter has somebody to report to.
  const { request } = await import('node:https');
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    authorization: `Bearer ${token}`,
    // Each on a connection of its own, which may come to another replica. An agent of its own would not know of a proxy.
    connection: 'close',
  };
  const sent = request(
    url,
    { method: 'POST', headers, ca, servername, minVersion: 'TLSv1.2', signal },
    (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > maxAnswerBytes) sent.destroy(new HwError('Internal', 'the answer is too long'));
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.once('error', reject);
    },
  );
  sent.once('error', reject);
  sent.end(body);
  return promise;
}
