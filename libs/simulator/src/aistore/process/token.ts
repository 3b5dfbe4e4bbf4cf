import { createHmac, timingSafeEqual } from 'node:crypto';
import { type JsonObject, parseObject } from './json.ts';

/** A JSON Web Token signed with HS256 (RFC 7519). */
export function signToken(claims: JsonObject, key: string): string {
  const signed = `${encodePart({ alg: 'HS256', typ: 'JWT' })}.${encodePart(claims)}`;
  return `${signed}.${signature(signed, key).toString('base64url')}`;
}

/** A header or the claims as a token has them. */
export function encodePart(value: JsonObject): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** Reads such a part; undefined for anything else. */
export function decodePart(part: string): JsonObject | undefined {
  return parseObject(Buffer.from(part, 'base64url').toString('utf8'));
}

/** The claims of a token; undefined where the signature is another key's. */
export function verifiedClaims(token: string, key: string): JsonObject | undefined {
  const [header = '', claims = '', given = ''] = token.split('.');
  if (decodePart(header)?.alg !== 'HS256' || key === '') return undefined;
  const wanted = signature(`${header}.${claims}`, key);
  const bytes = Buffer.from(given, 'base64url');
  if (bytes.length !== wanted.length || !timingSafeEqual(bytes, wanted)) return undefined;
  return decodePart(claims);
}

function signature(text: string, key: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
