import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** How the image starts Node. */
const imageFlags = ['--max-semi-space-size=1', '--max-old-space-size=48', '--optimize-for-size'];

const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** A process that answers reviews. */
export interface ReviewServer extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
}

/** Bundles admission-webhook as its image does and starts the bundle, with the certificate of a folder. */
export async function startWebhook(certificates: string): Promise<ReviewServer> {
  const app = `${root}apps/admission-webhook`;
  const built = spawnSync(process.execPath, [`${root}tools/workspace/build.mjs`], {
    cwd: app,
    stdio: 'inherit',
  });
  if (built.status !== 0) throw new Error('admission-webhook cannot be built');
  const flags = ['--webhook-bind-address=:0', '--health-probe-bind-address=0', '--certificates=files'];
  const argv = [...imageFlags, `${root}dist/apps/admission-webhook/main.js`, ...flags];
  return start(
    [...argv, `--webhook-cert-path=/certificates`, '--stop-delay=0s', '--log-level=debug'],
    podOf(certificates),
  );
}

/** Starts the reference with the same flags. */
export function startPlain(certificates: string): Promise<ReviewServer> {
  const script = fileURLToPath(new URL('plain-server.ts', import.meta.url));
  return start([...imageFlags, '--disable-warning=ExperimentalWarning', script, certificates], {});
}

/** A pod's files; the API server they name is never asked by the reviews of this bench. */
function podOf(certificates: string): Record<string, string> {
  const folder = join(certificates, '..');
  const account = join(folder, 'var/run/secrets/kubernetes.io/serviceaccount');
  mkdirSync(account, { recursive: true });
  for (const name of ['token', 'ca.crt', 'namespace']) writeFileSync(join(account, name), 'bench');
  return {
    RACKWRIGHT_SANDBOX_ROOT: folder,
    KUBERNETES_SERVICE_HOST: '127.0.0.1',
    KUBERNETES_SERVICE_PORT: '1',
  };
}

async function start(argv: readonly string[], env: Record<string, string>): Promise<ReviewServer> {
  const child = spawn(process.execPath, argv, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env, RACKWRIGHT_SANDBOX_ADDRESS: '127.0.0.1', MALLOC_ARENA_MAX: '1' },
  });
  return {
    port: await portOf(child),
    pid: child.pid ?? 0,
    [Symbol.asyncDispose]: async () => {
      const exit = once(child, 'exit');
      if (child.kill('SIGTERM')) await exit;
    },
  };
}

/** Both servers tell the port of their webhooks in a JSON line. */
async function portOf(child: ChildProcess): Promise<number> {
  if (child.stdout === null) throw new Error('the server has no output');
  for await (const line of createInterface(child.stdout)) {
    const { server, port } = JSON.parse(line) as { server?: string; port?: number };
    if (server === 'webhook server' && port !== undefined) {
      child.stdout.resume();
      return port;
    }
  }
  throw new Error('the server ended before it listened');
}
