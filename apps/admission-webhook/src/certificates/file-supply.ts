import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, HwError } from '@rackwright/core';
import { type CertificateFiles, certificatesOf, readCertificate } from '@rackwright/web';
import { nextGivenCertificateAction } from './plan.ts';
import type { CertificateSupply, Supplies } from './supply.ts';

/** Files of a serving certificate, and of the authority that signed it when configurations are to trust it. */
export interface GivenFiles extends CertificateFiles {
  readonly authority: string | undefined;
}

/** Certificates in files that somebody renews, such as cert-manager by a mounted Secret. */
export class FileSupply implements CertificateSupply {
  readonly next = nextGivenCertificateAction;
  readonly #files: GivenFiles;
  readonly #clock: Clock;

  constructor(files: GivenFiles, clock: Clock) {
    this.#files = files;
    this.#clock = clock;
  }

  async read(): Promise<Supplies> {
    const stored = await readCertificate(this.#files, this.#clock.now());
    return { stored, authority: await this.#authority(), nextAuthority: undefined };
  }

  async perform(): Promise<void> {
    throw new HwError('Unsupported', 'certificates that are given are not made here');
  }

  async #authority(): Promise<string | undefined> {
    const { folder, authority } = this.#files;
    if (authority === undefined) return undefined;
    const path = join(folder, authority);
    const text = await readFile(path, 'utf8').catch((cause: unknown) => {
      throw unusable(path, 'it cannot be read', cause);
    });
    if (certificatesOf(text).length === 0) throw unusable(path, 'there is no certificate in it');
    return text;
  }
}

function unusable(path: string, why: string, cause?: unknown): HwError {
  return new HwError('FailedPrecondition', `${path}: ${why}`, {
    remedy: 'give the certificate of the authority as a PEM file beside the certificate',
    cause,
  });
}
