import { connect } from 'node:net';
import type { SpdyStream } from './spdy/spdy-connection.ts';
import { type Upgrade, upgradeToSpdy } from './streaming.ts';

/** The pod a client wants to talk to. */
export interface PortForwardTarget {
  readonly name: string;
  readonly uid: string;
  /** Where it listens. */
  readonly address: string;
}

/** The two streams of one connection to a pod's port. */
interface Pair {
  data?: SpdyStream;
  error?: SpdyStream;
}

/** Connects a client with ports of a pod: each connection is a stream for data and one for an error. */
export function servePortForward(upgrade: Upgrade, target: PortForwardTarget): void {
  const pairs = new Map<string, Pair>();
  upgradeToSpdy(upgrade, 'portforward.k8s.io', (stream) => {
    const type = stream.headers.get('streamtype');
    const port = Number(stream.headers.get('port'));
    if ((type !== 'data' && type !== 'error') || !(port > 0 && port < 65_536)) {
      stream.reset();
      return;
    }
    const id = stream.headers.get('requestid') ?? '';
    const pair = pairs.get(id) ?? {};
    pairs.set(id, pair);
    pair[type] = stream;
    if (pair.data === undefined || pair.error === undefined) return;
    pairs.delete(id);
    forward(pair.data, pair.error, port, target);
  });
}

function forward(
  data: SpdyStream,
  error: SpdyStream,
  port: number,
  { name, uid, address }: PortForwardTarget,
): void {
  const socket = connect({ host: address, port, allowHalfOpen: true });
  socket.on('error', ({ message }) => {
    error.end(`error forwarding port ${port} to pod ${name}, uid ${uid}: ${message}`);
    data.reset();
  });
  socket.on('close', () => {
    error.end();
    data.end();
  });
  data.on('close', () => socket.destroy());
  data.pipe(socket).pipe(data);
}
