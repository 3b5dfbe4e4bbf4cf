import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, errorMessage, HwError, Latest, type Logger, type Runnable } from '@rackwright/core';
import type { CertificateSource, ServingCertificate } from './certificate.ts';

/** Where a certificate is read from. */
export interface CertificateFiles {
  readonly folder: string;
  /** File names in the folder. */
  readonly cert: string;
  readonly key: string;
}

/** Between two looks at the files, in milliseconds: a renewed Secret shows up in a pod within a minute anyway. */
const periodMs = 10_000;

/**
 * A serving certificate in files that somebody renews, such as a mounted Secret.
 * What cannot be used is told of once and the one before it goes on being served.
 */
export class CertificateReader implements CertificateSource, Runnable {
  readonly name = 'certificate';
  readonly changes: Latest<ServingCertificate>;
  readonly #files: CertificateFiles;
  readonly #clock: Clock;
  readonly #logger: Logger;

  private constructor(
    files: CertificateFiles,
    first: ServingCertificate,
    { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  ) {
    this.#files = files;
    this.#clock = clock;
    this.#logger = logger;
    this.changes = new Latest(first, (a, b) => a.cert === b.cert && a.key === b.key);
  }

  current(): ServingCertificate {
    return this.changes.value;
  }

  /** @throws HwError FailedPrecondition naming the file and what is wrong with it */
  static async open(
    files: CertificateFiles,
    options: { readonly clock: Clock; readonly logger: Logger },
  ): Promise<CertificateReader> {
    return new CertificateReader(files, await readCertificate(files, options.clock.now()), options);
  }

  async start(signal: AbortSignal): Promise<void> {
    const failure = new Latest<string | undefined>(undefined);
    while (!signal.aborted) {
      await this.#clock.sleep(periodMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      try {
        const changed = this.changes.set(await readCertificate(this.#files, this.#clock.now()));
        failure.set(undefined);
        if (changed) this.#logger.info('serving a new certificate', { folder: this.#files.folder });
      } catch (error) {
        if (failure.set(errorMessage(error)))
          this.#logger.warn('the certificate cannot be used; the one before it goes on', {
            error: failure.value,
          });
      }
    }
  }
}

/**
 * Reads a certificate and its key and checks that they belong together.
 *
 * @throws HwError FailedPrecondition naming the file and what is wrong with it
 */
export async function readCertificate(files: CertificateFiles, nowMs: number): Promise<ServingCertificate> {
  const [certPath, keyPath] = [join(files.folder, files.cert), join(files.folder, files.key)];
  const cert = await read(certPath);
  const key = await read(keyPath);
  const certificate = parse(certPath, () => new X509Certificate(cert));
  const privateKey = parse(keyPath, () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey))
    throw unusable(keyPath, `it is not the key of the certificate in ${certPath}`);
  if (certificate.validToDate.getTime() <= nowMs)
    throw unusable(certPath, `it expired on ${certificate.validToDate.toISOString()}`);
  return { cert, key };
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw unusable(path, 'it cannot be read', cause);
  }
}

function parse<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw unusable(path, 'it is not PEM that can be used', cause);
  }
}

function unusable(path: string, why: string, cause?: unknown): HwError {
  return new HwError('FailedPrecondition', `${path}: ${why}`, {
    remedy:
      'give a certificate and its key as PEM files, for example by mounting a Secret of type kubernetes.io/tls',
    cause,
  });
}
