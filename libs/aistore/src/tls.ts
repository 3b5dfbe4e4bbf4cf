import { X509Certificate } from 'node:crypto';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';

/** What proves who a server is, and who we are. All PEM. */
export interface AisTls {
  /** Certificates that may sign the server's, beside those that the system trusts. */
  readonly ca?: string | undefined;
  /** Client certificate and its key, shown where the server asks for one (`client_auth_tls`). */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** The server may be anybody. */
  readonly insecureSkipVerify?: boolean | undefined;
}

/** A context holds all certificates that are trusted, so clients with the same settings share one. */
const contexts = new WeakMap<AisTls, SecureContext>();

/**
 * The context for connections with these settings.
 * @throws Error if a certificate or key makes no sense
 */
export function secureContextOf(tls: AisTls): SecureContext {
  const known = contexts.get(tls);
  if (known !== undefined) return known;
  const { ca, cert, key } = tls;
  // OpenSSL passes over what is no certificate, and then trusts less than was meant.
  if (ca !== undefined) new X509Certificate(ca);
  const context = createSecureContext({
    minVersion: 'TLSv1.2',
    ...(ca === undefined ? {} : { ca: [...getCACertificates('default'), ca] }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  });
  contexts.set(tls, context);
  return context;
}

/** What Node calls a certificate, the server's or ours, that the other side does not take. */
const certificateFailures = new Set([
  ...['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'CERT_REVOKED', 'CERT_UNTRUSTED', 'CERT_REJECTED'],
  ...['CERT_CHAIN_TOO_LONG', 'CERT_SIGNATURE_FAILURE', 'HOSTNAME_MISMATCH', 'INVALID_CA', 'INVALID_PURPOSE'],
  ...['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ...['UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
]);

/** Whether an error of a connection, by Node's name, is about a certificate, so that waiting does not help. */
export function isCertificateFailure(code: string): boolean {
  return certificateFailures.has(code) || /^ERR_SSL_.*ALERT.*(CERTIFICATE|UNKNOWN_CA)/.test(code);
}

/** Whether one side speaks TLS and the other does not, as while https is being switched on. */
export function isSchemeMismatch(code: string): boolean {
  return code === 'EPROTO' || /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG)/.test(code);
}
