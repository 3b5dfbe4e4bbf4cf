import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { SpdyConnection, type SpdyStream } from './spdy/spdy-connection.ts';

/** Answers a request whose connection is to be switched, and leaves it as it is. */
export function refuseUpgrade(socket: Duplex, status: string, text: string): void {
  const head = `HTTP/1.1 ${status}\r\ncontent-type: text/plain\r\nconnection: close\r\n`;
  socket.end(`${head}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
}

/** A request to speak SPDY from now on. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/**
 * Switches a connection to SPDY/3.1 if the client wants that and knows `protocol`;
 * else it is told so.
 */
export function upgradeToSpdy(
  { request, socket, head }: Upgrade,
  protocol: string,
  opened: (stream: SpdyStream) => void,
): SpdyConnection | undefined {
  const { upgrade = '', 'x-stream-protocol-version': offered = '' } = request.headers;
  if (upgrade.toLowerCase() !== 'spdy/3.1') {
    refuseUpgrade(socket, '400 Bad Request', 'only SPDY/3.1 is spoken here\n');
    return undefined;
  }
  const protocols = String(offered).split(/,\s*/);
  if (!protocols.includes(protocol)) {
    refuseUpgrade(
      socket,
      '403 Forbidden',
      `of ${offered || 'no protocol'} only ${protocol} is spoken here\n`,
    );
    return undefined;
  }
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
  );
  return new SpdyConnection(socket, head, opened);
}
