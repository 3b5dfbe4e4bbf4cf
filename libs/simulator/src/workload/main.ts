/**
 * The program of users' pods in tests and demos. It stands alone, without any
 * package, so that an image holds it as it is:
 *
 *     main.ts serve PORT [TEXT]           answers every request with TEXT
 *     main.ts fetch URL                   prints what a GET is answered
 *     main.ts review PORT CERT KEY FIELD  a webhook that refuses ConfigMaps with FIELD in their data
 */
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { hostname } from 'node:os';

const { env } = process;

/** In a simulated cluster a pod has an address instead of a network namespace, and a name only there. */
const address = env.RACKWRIGHT_SANDBOX_ADDRESS;
const name = env.HOSTNAME ?? hostname();

interface Server {
  listen(port: number, host: string | undefined, done: () => void): unknown;
  closeAllConnections(): void;
  close(): unknown;
}

function listen(server: Server, port: string | undefined): void {
  server.listen(Number(port), address, () => process.stdout.write(`${name} listens on port ${port}\n`));
  process.once('SIGTERM', () => {
    server.close();
    server.closeAllConnections();
  });
}

function serve(port: string | undefined, text: string): void {
  listen(
    createServer((_, response) => response.end(`${text}\n`)),
    port,
  );
}

async function fetchOnce(url: string): Promise<void> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
    process.stdout.write(await response.text());
    process.exitCode = response.ok ? 0 : 1;
  } catch (error) {
    const { message, cause } = error as Error;
    process.stderr.write(`${url}: ${cause instanceof Error ? cause.message : message}\n`);
    process.exitCode = 1;
  }
}

interface Review {
  readonly apiVersion: string;
  readonly kind: string;
  readonly request: { readonly uid: string; readonly object?: { readonly data?: Record<string, string> } };
}

/** What a webhook answers, as in admission.k8s.io/v1. */
function answer({ apiVersion, kind, request }: Review, field: string): unknown {
  const allowed = request.object?.data?.[field] === undefined;
  const status = { code: 422, reason: 'Invalid', message: `data.${field}: must not be set` };
  return { apiVersion, kind, response: { uid: request.uid, allowed, ...(allowed ? {} : { status }) } };
}

function review([port, certFile = '', keyFile = '', field = '']: readonly string[]): void {
  const answerOne: RequestListener = (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(answer(JSON.parse(body) as Review, field)));
    });
  };
  const [cert, key] = [certFile, keyFile].map((file) =>
    readFileSync(`${env.RACKWRIGHT_SANDBOX_ROOT ?? ''}${file}`),
  );
  listen(createSecureServer({ cert, key }, answerOne), port);
}

const [command, ...words] = process.argv.slice(2);
if (command === 'serve') serve(words[0], words[1] ?? name);
else if (command === 'fetch') await fetchOnce(words[0] ?? '');
else if (command === 'review') review(words);
else {
  process.stderr.write(`unknown command ${command}\n`);
  process.exitCode = 2;
}
