/** A certificate, those that signed it, and its private key, PEM. */
export interface ServingCertificate {
  readonly cert: string;
  readonly key: string;
}

/** Where a server takes its certificate from, the first one and each that comes after it. */
export interface CertificateSource {
  /** The newest certificate. */
  current(): ServingCertificate;
  /** Tells of each new one. `Latest` is one. */
  readonly changes: {
    subscribe(listener: (certificate: ServingCertificate) => void): Disposable;
  };
}

/** A source of one certificate that is never renewed. */
export function fixedCertificate(certificate: ServingCertificate): CertificateSource {
  return {
    current: () => certificate,
    changes: { subscribe: () => ({ [Symbol.dispose]: () => undefined }) },
  };
}
