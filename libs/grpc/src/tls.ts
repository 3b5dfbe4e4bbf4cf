import { constants } from 'node:crypto';
import {
  checkServerIdentity,
  type PeerCertificate,
  type SecureContextOptions,
  type TLSSocket,
} from 'node:tls';
import type { Latest } from '@rackwright/core';

/** What one side of a connection shows and trusts, all as PEM. */
export interface TlsIdentity {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Mutual TLS: both sides show a certificate, and each checks the other's name. */
export interface MutualTls {
  /** The newest; connections made after a change use it, those there are go on. */
  readonly identity: Latest<TlsIdentity>;
  /** DNS name that the peer's certificate must have. */
  readonly peerName: string;
}

/** Forward secret suites only; of those with CBC the one with SHA-256, which older drivers offer. */
const suites = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  ...['AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'CHACHA20-POLY1305', 'AES128-SHA256'].flatMap((suite) => [
    `ECDHE-ECDSA-${suite}`,
    `ECDHE-RSA-${suite}`,
  ]),
].join(':');

/** How a side of a connection is set up. */
export function secureContext({ ca, cert, key }: TlsIdentity): SecureContextOptions {
  return {
    ...{ ca, cert, key },
    minVersion: 'TLSv1.2',
    ciphers: suites,
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  };
}

/** Mutual TLS as a server sees it. */
export interface ServerTls extends MutualTls {
  /** Told why a client was turned away. */
  readonly refused?: (reason: string) => void;
}

/** What is wrong with the certificate that the peer of a connection has shown, which its CA vouches for. */
export function peerFault(socket: TLSSocket, peerName: string): Error | undefined {
  return nameFault(socket.getPeerCertificate(), peerName);
}

/** Whether a certificate lacks a DNS name. A common name alone does not count (RFC 9525). */
export function nameFault(shown: PeerCertificate, peerName: string): Error | undefined {
  if (shown.subjectaltname) return checkServerIdentity(peerName, shown);
  return new Error(`the certificate has no DNS name; it must have ${peerName}`);
}
