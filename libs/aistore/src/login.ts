import type { Clock } from '@rackwright/core';
import { malformed } from './error.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJson, writeJson } from './json.ts';
import type { AisTls } from './tls.ts';
import type { IssuedToken, Login } from './token-cache.ts';
import { Transport } from './transport.ts';

/** A service that issues tokens, and how to reach it. */
export interface LoginService {
  /** Such as `https://ais-authn.ais:52001`. */
  readonly serviceUrl: string;
  readonly tls?: AisTls | undefined;
  readonly clock: Clock;
  /** Default 10,000. */
  readonly timeoutMs?: number;
}

/** A user and what proves it. */
export interface UserPassword {
  readonly username: string;
  readonly password: string;
}

/** Login at AIStore's own AuthN. The password is asked for each time, as Secrets change. */
export function authnLogin(service: LoginService, user: () => Promise<UserPassword>): Login {
  return async () => {
    const { username, password } = await user();
    const path = `/v1/users/${encodeURIComponent(username)}`;
    // Zero leaves the time to AuthN.
    const body = writeJson({ password, expires_in: 0 });
    const { answer, what } = await post(service, path, body, 'application/json');
    return issued(what, answer.token, undefined, service.clock);
  };
}

/** What a login by password says of itself (RFC 6749 §4.3). */
export interface PasswordGrant {
  /** Path of the token endpoint. */
  readonly endpoint: string;
  readonly clientId: string;
  readonly scope?: string | undefined;
}

/** Login with a password at an OAuth 2 server. */
export function passwordLogin(
  service: LoginService,
  { endpoint, clientId, scope }: PasswordGrant,
  user: () => Promise<UserPassword>,
): Login {
  return async () => {
    const form = new URLSearchParams({ grant_type: 'password', client_id: clientId, ...(await user()) });
    if (scope !== undefined && scope !== '') form.set('scope', scope);
    const { answer, what } = await post(service, endpoint, form.toString(), formType);
    if (typeof answer.token_type !== 'string' || answer.token_type.toLowerCase() !== 'bearer')
      throw malformed(what, 'it is no bearer token');
    return issued(what, answer.access_token, answer.expires_in, service.clock);
  };
}

/** What an exchange of tokens says of itself (RFC 8693 §2.1). */
export interface ExchangeGrant {
  /** Path of the token endpoint. */
  readonly endpoint: string;
  /** For whom the token shall be good: `auth.required_claims.aud` of the cluster. */
  readonly audiences: readonly string[];
}

/** Login by giving one token, such as that of a ServiceAccount, for another. */
export function exchangeLogin(
  service: LoginService,
  { endpoint, audiences }: ExchangeGrant,
  subjectToken: () => Promise<string>,
): Login {
  return async () => {
    const form = new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: await subjectToken(),
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    });
    for (const audience of audiences) form.append('audience', audience);
    const { answer, what } = await post(service, endpoint, form.toString(), formType);
    // Services older than the standard call it `token`.
    return issued(what, answer.access_token ?? answer.token, answer.expires_in, service.clock);
  };
}

const formType = 'application/x-www-form-urlencoded';

async function post(
  { serviceUrl, tls, clock, timeoutMs = 10_000 }: LoginService,
  path: string,
  body: string,
  contentType: string,
): Promise<{ readonly answer: JsonObject; readonly what: string }> {
  using transport = new Transport({ baseUrl: serviceUrl, tls, clock, timeoutMs, userAgent: 'ais-operator' });
  const wire = { method: 'POST', path, body, contentType } as const;
  const what = transport.describe(wire);
  const { body: bytes } = await transport.send(wire);
  const answer = parsed(bytes.toString('utf8'));
  if (!isJsonObject(answer)) throw malformed(what, 'it is no JSON object');
  return { answer, what };
}

/** What an answer says, without an error that would show it: it may be a token. */
function parsed(text: string): JsonValue | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function issued(
  what: string,
  token: JsonValue | undefined,
  expiresIn: JsonValue | undefined,
  clock: Clock,
): IssuedToken {
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) throw malformed(what, 'it has no token');
  const seconds = Number(expiresIn);
  const isTimed = expiresIn !== undefined && expiresIn !== null && seconds > 0;
  return { value: token, expiresAt: isTimed ? clock.now() + seconds * 1000 : expiryOfJwt(token) };
}

/** When a JSON Web Token says that it expires (RFC 7519 §4.1.4), whoever has signed it. */
function expiryOfJwt(token: string): number | undefined {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
  const claims = parsed(payload);
  const seconds = isJsonObject(claims) ? claims.exp : undefined;
  return typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : undefined;
}
