import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage } from '@rackwright/core';
import type { JsonObject } from '../process/json.ts';
import { FatalError } from '../process/program.ts';
import { decodePart, encodePart, signToken, verifiedClaims } from '../process/token.ts';
import type { AuthnConfig } from './config.ts';

/** How tokens are signed and known again. */
export interface Signer {
  sign(claims: JsonObject): string;
  /** The claims of a token of its own; undefined for all others. */
  verify(token: string): JsonObject | undefined;
  /** Public keys, for those who check tokens without asking. */
  readonly jwks: JsonObject;
}

/** With a shared secret (HS256), or with a key pair that is made at the first start (RS256). */
export function signerOf(config: AuthnConfig): Signer {
  const { hmacKey } = config;
  if (hmacKey === '') return rsaSigner(config);
  return {
    sign: (claims) => signToken(claims, hmacKey),
    verify: (token) => verifiedClaims(token, hmacKey),
    jwks: { keys: [] },
  };
}

function rsaSigner(config: AuthnConfig): Signer {
  const key = privateKey(config);
  const kid = 'ais-authn';
  const publicKey = createPublicKey(key);
  const jwk = publicKey.export({ format: 'jwk' });
  return {
    sign: (claims) => {
      const signed = `${encodePart({ alg: 'RS256', typ: 'JWT', kid })}.${encodePart(claims)}`;
      return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
    },
    verify: (token) => {
      const [header = '', claims = '', given = ''] = token.split('.');
      const bytes = Buffer.from(given, 'base64url');
      const isOwn = verify('sha256', Buffer.from(`${header}.${claims}`), publicKey, bytes);
      return isOwn ? decodePart(claims) : undefined;
    },
    jwks: { keys: [{ kty: jwk.kty ?? '', n: jwk.n ?? '', e: jwk.e ?? '', use: 'sig', alg: 'RS256', kid }] },
  };
}

/** @throws FatalError when the file of the key cannot be read with this passphrase */
function privateKey({ folder, keyPassphrase }: AuthnConfig): KeyObject {
  const path = join(folder, 'private.key');
  const secret = keyPassphrase === '' ? {} : { passphrase: keyPassphrase };
  try {
    if (existsSync(path)) return createPrivateKey({ key: readFileSync(path), ...secret });
    const { privateKey: made } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const cipher = keyPassphrase === '' ? {} : { cipher: 'aes-256-cbc', ...secret };
    writeFileSync(path, made.export({ type: 'pkcs8', format: 'pem', ...cipher }), { mode: 0o600 });
    return made;
  } catch (error) {
    throw new FatalError(`failed to load RSA key: ${errorMessage(error)}`);
  }
}
