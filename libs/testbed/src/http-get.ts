import { request } from 'node:http';
import { type Clock, HwError, withDeadline } from '@rackwright/core';

/** What is fetched, and by which clock time is kept. */
export interface HttpGetOptions {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly clock: Clock;
}

const deadlineMs = 10_000;

/**
 * The body of http://host:port/path, ten seconds at most.
 *
 * @throws HwError Unavailable for a status from 400 on, DeadlineExceeded
 */
export function httpGet({ host, port, path, clock }: HttpGetOptions): Promise<string> {
  return withDeadline(clock, deadlineMs, `GET http://${host}:${port}${path}`, (signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const outgoing = request({ host, port, path, agent: false, signal }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => {
        const { statusCode = 0 } = response;
        if (statusCode < 400) resolve(body);
        else reject(new HwError('Unavailable', `GET ${path} was answered ${statusCode}: ${body.trim()}`));
      });
      response.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end();
    return promise;
  });
}
