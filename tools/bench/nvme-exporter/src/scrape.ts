import { type Agent, get } from 'node:http';

/** Fetches a page over a kept connection, as Prometheus does. */
export function scrape(url: string, agent: Agent | undefined): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  get(url, agent === undefined ? {} : { agent }, (response) => {
    response.setEncoding('utf8');
    let text = '';
    response.on('data', (chunk: string) => {
      text += chunk;
    });
    response.on('end', () => {
      if (response.statusCode === 200) resolve(text);
      else reject(new Error(`${url} answered ${response.statusCode}`));
    });
    response.on('error', reject);
  }).on('error', reject);
  return promise;
}
