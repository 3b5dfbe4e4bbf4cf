import { errorMessage } from '@rackwright/core';
import type { ContainerRuntime } from '../runtime/container-runtime.ts';
import type { SpdyStream } from './spdy/spdy-connection.ts';
import { type Upgrade, upgradeToSpdy } from './streaming.ts';

/** A command to run in a container with a client's streams. */
export interface ExecRequest {
  readonly containerId: string;
  readonly argv: readonly string[];
  /** The streams the client wants, `error` for the outcome among them. */
  readonly streams: readonly StreamType[];
}

type StreamType = 'error' | 'stdin' | 'stdout' | 'stderr' | 'resize';

/** What `/exec` asks for. A terminal is not simulated: what wants one gets plain streams. */
export function execRequest(containerId: string, query: URLSearchParams): ExecRequest {
  const asks = (name: string): boolean => ['1', 'true'].includes(query.get(name) ?? '');
  const tty = asks('tty');
  const streams: StreamType[] = ['error'];
  if (asks('input')) streams.push('stdin');
  if (asks('output')) streams.push('stdout');
  if (asks('error') && !tty) streams.push('stderr');
  if (tty) streams.push('resize');
  return { containerId, argv: query.getAll('command'), streams };
}

/** Runs the command once the client has opened every stream, and tells it how it ended. */
export function serveExec(upgrade: Upgrade, request: ExecRequest, runtime: ContainerRuntime): void {
  const streams = new Map<string, SpdyStream>();
  const connection = upgradeToSpdy(upgrade, 'v4.channel.k8s.io', (stream) => {
    streams.set(stream.headers.get('streamtype') ?? '', stream);
    if (!request.streams.every((type) => streams.has(type))) return;
    run(request, runtime, streams, upgrade)
      .then((status) => tell(streams, status))
      .then(() => connection?.close())
      .catch(() => upgrade.socket.destroy());
  });
}

async function run(
  { containerId, argv, streams: wanted }: ExecRequest,
  runtime: ContainerRuntime,
  streams: ReadonlyMap<string, SpdyStream>,
  { socket }: Upgrade,
): Promise<unknown> {
  try {
    const process = await runtime.startExec(containerId, argv, { stdin: wanted.includes('stdin') });
    // A client that goes away takes its command along.
    const gone = (): void => process.killGroup();
    socket.on('close', gone);
    const stdout = streams.get('stdout');
    const stderr = streams.get('stderr') ?? stdout;
    const copied = [
      stdout === undefined ? drained(process.stdout) : copy(process.stdout, stdout),
      stderr === undefined ? drained(process.stderr) : copy(process.stderr, stderr),
    ];
    if (process.stdin !== undefined) streams.get('stdin')?.pipe(process.stdin);
    const code = await process.exited;
    await Promise.all(copied);
    socket.off('close', gone);
    return code === 0 ? { metadata: {}, status: 'Success' } : failure(code);
  } catch (error) {
    return {
      metadata: {},
      status: 'Failure',
      reason: 'InternalError',
      message: errorMessage(error),
      code: 500,
    };
  }
}

/** As kubectl reads exit codes out of it. */
function failure(code: number): unknown {
  return {
    ...{ metadata: {}, status: 'Failure', reason: 'NonZeroExitCode' },
    message: `command terminated with non-zero exit code: exit status ${code}`,
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  };
}

async function copy(from: NodeJS.ReadableStream, to: SpdyStream): Promise<void> {
  for await (const chunk of from) {
    if (to.destroyed) continue;
    const { promise, resolve } = Promise.withResolvers<void>();
    to.write(chunk, () => resolve());
    await promise;
  }
}

async function drained(from: NodeJS.ReadableStream): Promise<void> {
  for await (const _ of from);
}

async function tell(streams: ReadonlyMap<string, SpdyStream>, status: unknown): Promise<void> {
  const ended = ['stdout', 'stderr', 'error'].flatMap((type) => {
    const stream = streams.get(type);
    if (stream === undefined || stream.destroyed) return [];
    const { promise, resolve } = Promise.withResolvers<void>();
    stream
      .once('close', () => resolve())
      .end(type === 'error' ? JSON.stringify(status) : '', () => resolve());
    return [promise];
  });
  await Promise.all(ended);
}
