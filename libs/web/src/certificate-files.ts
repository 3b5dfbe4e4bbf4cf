import { join } from 'node:path';
import type { Clock, Latest, Logger, Runnable } from '@rackwright/core';
import { RenewedFiles, readKeyPair } from '@rackwright/host';
import type { CertificateSource, ServingCertificate } from './certificate.ts';

/** Where a certificate is read from. */
export interface CertificateFiles {
  readonly folder: string;
  /** File names in the folder. */
  readonly cert: string;
  readonly key: string;
}

/** A serving certificate in files that somebody renews, such as a mounted Secret. */
export class CertificateReader implements CertificateSource, Runnable {
  readonly name = 'certificate';
  readonly #files: RenewedFiles<ServingCertificate>;

  private constructor(files: RenewedFiles<ServingCertificate>) {
    this.#files = files;
  }

  get changes(): Latest<ServingCertificate> {
    return this.#files.newest;
  }

  current(): ServingCertificate {
    return this.changes.value;
  }

  /** @throws HwError FailedPrecondition naming the file and what is wrong with it */
  static async open(
    files: CertificateFiles,
    { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  ): Promise<CertificateReader> {
    const read = (): Promise<ServingCertificate> => readCertificate(files, clock.now());
    const equal = (a: ServingCertificate, b: ServingCertificate): boolean =>
      a.cert === b.cert && a.key === b.key;
    return new CertificateReader(
      await RenewedFiles.open({ name: 'certificate', read, equal, clock, logger }),
    );
  }

  start(signal: AbortSignal): Promise<void> {
    return this.#files.start(signal);
  }
}

/**
 * Reads a certificate and its key and checks that they belong together.
 *
 * @throws HwError FailedPrecondition naming the file and what is wrong with it
 */
export function readCertificate(files: CertificateFiles, nowMs: number): Promise<ServingCertificate> {
  const { folder, cert, key } = files;
  return readKeyPair({ cert: join(folder, cert), key: join(folder, key) }, nowMs);
}
