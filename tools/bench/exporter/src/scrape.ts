import { Agent, get } from 'node:http';

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** Fetches a page over a kept connection, as Prometheus does; resolves with its bytes. */
export function scrape(url: string): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  get(url, { agent }, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () => {
      if (response.statusCode === 200) resolve(Buffer.concat(chunks));
      else reject(new Error(`${url} answered ${response.statusCode}`));
    });
    response.on('error', reject);
  }).on('error', reject);
  return promise;
}

/** Closes the kept connections. */
export function hangUp(): void {
  agent.destroy();
}
