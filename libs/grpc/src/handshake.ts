import { type Duplex, duplexPair } from 'node:stream';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { errorMessage, HwError } from '@rackwright/core';
import { nameFault, peerFault, secureContext, type TlsIdentity } from './tls.ts';

/** One side of a handshake, and the name its peer must have. */
export interface HandshakeSide {
  readonly identity: TlsIdentity;
  readonly peerName: string;
}

/**
 * A whole handshake of a server and a client, as on a connection between them,
 * in memory.
 *
 * @throws HwError InvalidArgument when certificate and key of a side cannot be
 *   used, Forbidden when a side turns the other away; both say why
 */
export async function handshake(server: HandshakeSide, client: HandshakeSide): Promise<void> {
  const [ofServer, ofClient] = duplexPair();
  try {
    await Promise.all([serve(ofServer, server), call(ofClient, client)]);
  } finally {
    ofServer.destroy();
    ofClient.destroy();
  }
}

async function serve(stream: Duplex, { identity, peerName }: HandshakeSide): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Who is not trusted is let in to be told why.
  const options = { requestCert: true, rejectUnauthorized: false };
  const server = usable(() => createServer({ ...secureContext(identity), ...options }));
  server.on('secureConnection', (socket: TLSSocket) => {
    socket.on('error', () => undefined);
    const fault = socket.authorized
      ? peerFault(socket, peerName)?.message
      : String(socket.authorizationError);
    if (fault === undefined) resolve();
    else reject(new HwError('Forbidden', `the server refuses ${fault}`));
  });
  server.on('tlsClientError', (error: Error) => {
    reject(new HwError('Forbidden', `the server ended it: ${error.message}`));
  });
  server.emit('connection', stream);
  await promise;
}

async function call(socket: Duplex, { identity, peerName }: HandshakeSide): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stream = usable(() =>
    connect({
      ...secureContext(identity),
      ...{ socket, servername: peerName },
      checkServerIdentity: (_, shown) => nameFault(shown, peerName),
    }),
  );
  stream.on('secureConnect', () => resolve());
  stream.on('error', (error) => {
    reject(new HwError('Forbidden', `the client refuses: ${error.message}`));
  });
  await promise;
}

function usable<T>(make: () => T): T {
  try {
    return make();
  } catch (cause) {
    throw new HwError('InvalidArgument', `certificate and key cannot be used: ${errorMessage(cause)}`);
  }
}
