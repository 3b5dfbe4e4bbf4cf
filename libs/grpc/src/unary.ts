import { once } from 'node:events';
import { type ClientHttp2Session, connect, constants, type IncomingHttpHeaders } from 'node:http2';
import { createConnection, type Socket } from 'node:net';
import { connect as connectTls, type PeerCertificate } from 'node:tls';
import { status } from '@grpc/grpc-js';
import { type Clock, HwError, withDeadline } from '@rackwright/core';
import { formatEndpoint } from './endpoint.ts';
import { fromGrpcStatus } from './grpc-status.ts';
import { tunnel } from './proxy.ts';
import { type MutualTls, nameFault, secureContext } from './tls.ts';

/** A method without streams, as ts-proto describes it in a generated service. */
export interface UnaryMethod<Q, R> {
  readonly path: string;
  readonly requestSerialize: (request: Q) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => R;
}

/** A server on a port, which has to show a certificate with the right name, and asks for ours. */
export interface TlsTarget extends MutualTls {
  readonly host: string;
  readonly port: number;
  /** Through which it is reached; absent for straight. */
  readonly proxy?: URL | undefined;
}

/** One call. */
export interface UnaryCall<Q, R> {
  /** The path of the server's unix socket, or its port. */
  readonly socket: string | TlsTarget;
  readonly method: UnaryMethod<Q, R>;
  readonly request: Q;
  /** Names the call in errors. */
  readonly what: string;
  readonly clock: Clock;
  /** Time limit in milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Called once somebody has accepted the connection; the call is not made if it throws. */
  readonly accepted?: () => void;
}

/** The kubelet's own bound for its answers (pkg/kubelet/apis/podresources/constants.go). */
const MAX_ANSWER = 16 * 1024 * 1024;

/** In megabytes. With Node's default of 10 a longer request is given up before its refusal is read. */
const MAX_MEMORY = 128;

/** Each message is led by a compression flag and its length (grpc PROTOCOL-HTTP2.md). */
const PREFIX = 5;

/**
 * Makes one gRPC call over a connection of its own, which is gone when the call
 * is over. grpc-js's client does not do that: it never closes a connection that
 * the other side accepts without answering, and after a restart of the other side
 * it waits for its reconnect back-off.
 *
 * @throws HwError with the code of the answer's status, Unavailable if nobody
 *   answers, DeadlineExceeded
 */
export async function callOnce<Q, R>(call: UnaryCall<Q, R>): Promise<R> {
  let socket: Socket | undefined;
  try {
    const exchange = async (signal: AbortSignal): Promise<R> => {
      const fail = (cause: Error): Promise<never> => Promise.reject(unanswered(call, cause));
      socket = await open(call.socket, signal).catch(fail);
      // What ends the connection is seen by whoever waits for it.
      socket.on('error', () => undefined);
      signal.throwIfAborted();
      const connected = typeof call.socket === 'string' ? 'connect' : 'secureConnect';
      await once(socket, connected).catch(fail);
      call.accepted?.();
      return converse(socket, call);
    };
    return await withDeadline(call.clock, call.timeoutMs, call.what, exchange, call.signal);
  } finally {
    socket?.destroy();
  }
}

/** A connection that is being made. */
async function open(target: string | TlsTarget, signal: AbortSignal): Promise<Socket> {
  if (typeof target === 'string') return createConnection(target);
  const { identity, peerName, proxy } = target;
  const checks = {
    servername: peerName,
    checkServerIdentity: (_: string, shown: PeerCertificate) => nameFault(shown, peerName),
  };
  const { host, port } = target;
  const where = proxy === undefined ? { host, port } : { socket: await tunnel(proxy, target, signal) };
  return connectTls({
    ...where,
    ...checks,
    ALPNProtocols: ['h2'],
    ...secureContext(identity.value),
  });
}

function unanswered(call: { what: string; socket: string | TlsTarget }, cause: Error): HwError {
  const { what, socket } = call;
  const where = typeof socket === 'string' ? socket : formatEndpoint({ kind: 'tcp', ...socket });
  return new HwError('Unavailable', `${what}: no answer on ${where}`, { cause });
}

async function converse<Q, R>(socket: Socket, call: UnaryCall<Q, R>): Promise<R> {
  const { method, request, what } = call;
  const session = connect('http://localhost', {
    createConnection: () => socket,
    maxSessionMemory: MAX_MEMORY,
  });
  const answer = await exchange(session, method.path, method.requestSerialize(request)).catch(
    (cause: Error) => Promise.reject(unanswered(call, cause)),
  );
  const code = Number(answer.headers['grpc-status'] ?? status.UNAVAILABLE);
  if (code !== status.OK) throw fromGrpcStatus(code, messageOf(answer.headers), what);
  if (answer.body.length < PREFIX || answer.body.length !== PREFIX + answer.body.readUInt32BE(1)) {
    throw new HwError('Internal', `${what}: the answer is cut`);
  }
  return method.responseDeserialize(answer.body.subarray(PREFIX));
}

interface Answer {
  /** Headers and trailers; an error may come without a body and trailers. */
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

function exchange(session: ClientHttp2Session, path: string, message: Buffer): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  session.on('error', reject);
  const stream = session.request({
    [constants.HTTP2_HEADER_METHOD]: 'POST',
    [constants.HTTP2_HEADER_PATH]: path,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  const chunks: Buffer[] = [];
  let size = 0;
  let headers: IncomingHttpHeaders = {};
  const hear = (more: IncomingHttpHeaders): void => {
    headers = { ...headers, ...more };
  };
  const answered = (): void => resolve({ headers, body: Buffer.concat(chunks) });
  stream.on('response', hear);
  stream.on('trailers', hear);
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_ANSWER) stream.destroy(new Error(`the answer is longer than ${MAX_ANSWER} bytes`));
    else chunks.push(chunk);
  });
  // A server that refuses a long message ends the stream before it has read all of it.
  stream.on('error', (error) => (headers['grpc-status'] === undefined ? reject(error) : answered()));
  stream.on('close', answered);
  const prefix = Buffer.alloc(PREFIX);
  prefix.writeUInt32BE(message.length, 1);
  stream.end(Buffer.concat([prefix, message]));
  return promise;
}

/** Messages are percent-encoded; a broken encoding is shown as it is. */
function messageOf(headers: IncomingHttpHeaders): string {
  const text = String(headers['grpc-message'] ?? 'the connection was closed');
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
