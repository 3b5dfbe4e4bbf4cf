import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { HwError } from '@rackwright/core';

/** A certificate, those that signed it, and its private key, PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** Where a certificate and its key are read from. */
export interface KeyPairPaths {
  readonly cert: string;
  readonly key: string;
}

/**
 * Reads a certificate and its key and checks that they belong together.
 *
 * @throws HwError FailedPrecondition naming the file and what is wrong with it
 */
export async function readKeyPair(paths: KeyPairPaths, nowMs: number): Promise<KeyPair> {
  const cert = await read(paths.cert);
  const key = await read(paths.key);
  const certificate = parse(paths.cert, () => new X509Certificate(cert));
  const privateKey = parse(paths.key, () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey))
    throw unusable(paths.key, `it is not the key of the certificate in ${paths.cert}`);
  if (certificate.validToDate.getTime() <= nowMs)
    throw unusable(paths.cert, `it expired on ${certificate.validToDate.toISOString()}`);
  return { cert, key };
}

/**
 * Reads certificates that are trusted, one or several in a file.
 *
 * @throws HwError FailedPrecondition naming the file and what is wrong with it
 */
export async function readAuthorities(path: string): Promise<string> {
  const text = await read(path);
  parse(path, () => new X509Certificate(text));
  return text;
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
