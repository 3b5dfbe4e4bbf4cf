import { expect, test } from '@jest/globals';
import { ManualClock } from '@rackwright/core';
import { json, type Script, ScriptedServer } from '../../kube/src/testing/scripted-server.ts';
import { authnLogin, exchangeLogin, passwordLogin } from './login.ts';
import type { IssuedToken, Login } from './token-cache.ts';

const user = () => Promise.resolve({ username: 'ad min', password: 's3cr3t' });
const clock = new ManualClock(1_000_000);

function jwt(claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'HS256' })}.${part(claims)}.sig`;
}

interface Outcome {
  readonly server: ScriptedServer;
  readonly token: IssuedToken;
}

/** Logs in at a server that answers `script`. */
async function loggedIn(script: Script, login: (serviceUrl: string) => Login): Promise<Outcome> {
  await using server = await ScriptedServer.start(script);
  return { server, token: await login(server.url)() };
}

const authn = (serviceUrl: string): Login => authnLogin({ serviceUrl, clock }, user);
const oauth = (serviceUrl: string): Login =>
  passwordLogin({ serviceUrl, clock }, { endpoint: '/realms/ais/token', clientId: 'op', scope: 'a b' }, user);
const exchange = (serviceUrl: string): Login =>
  exchangeLogin({ serviceUrl, clock }, { endpoint: '/token', audiences: ['ais', 'two'] }, () =>
    Promise.resolve('account.jwt.x'),
  );

test('AuthN is given the password of a user, and its token says when it expires', async () => {
  const value = jwt({ exp: 5_000 });
  const { server, token } = await loggedIn((_, response) => json(response, 200, { token: value }), authn);
  expect(server.seen[0]).toMatchObject({ method: 'POST', text: '{"password":"s3cr3t","expires_in":0}' });
  expect(server.seen[0]?.url.pathname).toBe('/v1/users/ad%20min');
  expect(token).toEqual({ value, expiresAt: 5_000_000 });
});

test('an OAuth server is given the password as a form, and says itself for how long', async () => {
  const body = { access_token: 'abc', token_type: 'BEARER', expires_in: 300 };
  const { server, token } = await loggedIn((_, response) => json(response, 200, body), oauth);
  expect(server.seen[0]?.headers['content-type']).toBe('application/x-www-form-urlencoded');
  expect(server.seen[0]?.url.pathname).toBe('/realms/ais/token');
  expect(Object.fromEntries(new URLSearchParams(server.seen[0]?.text))).toEqual({
    ...{ grant_type: 'password', client_id: 'op', username: 'ad min', password: 's3cr3t', scope: 'a b' },
  });
  expect(token).toEqual({ value: 'abc', expiresAt: 1_300_000 });
});

test.each(['access_token', 'token'])('a token is exchanged for another, which comes as %s', async (field) => {
  const { server, token } = await loggedIn(
    (_, response) => json(response, 200, { [field]: 'new' }),
    exchange,
  );
  const form = new URLSearchParams(server.seen[0]?.text);
  expect(form.getAll('audience')).toEqual(['ais', 'two']);
  expect(form.get('subject_token')).toBe('account.jwt.x');
  expect(form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:token-exchange');
  expect(token).toEqual({ value: 'new', expiresAt: undefined });
});

test('a password that is wrong is told with the address of the service, and is not shown', async () => {
  const refused: Script = (_, response) =>
    json(response, 401, { message: 'invalid credentials', status: 401 });
  const error: unknown = await loggedIn(refused, authn).catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    ...{ code: 'Forbidden', reason: 'Unauthorized' },
    message: expect.stringMatching(/^POST http:\/\/127.0.0.1:\d+\/v1\/users\/ad%20min: invalid credentials$/),
  });
  expect(String(error)).not.toContain('s3cr3t');
});

test.each<[string, object | string]>([
  ['no token', {}],
  ['a token that is no text', { token: 7 }],
  ['a token that would break a header', { token: 'a\r\nb' }],
  ['no object', []],
  ['no JSON', '<html>secret-token</html>'],
])('an answer with %s makes no sense, and is not shown', async (_, body) => {
  const script: Script = (__, response) =>
    typeof body === 'string' ? response.end(body) : json(response, 200, body);
  const error: unknown = await loggedIn(script, authn).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ reason: 'MalformedAnswer' });
  expect(String(error)).not.toContain('secret-token');
});

test('what is no bearer token is not used', async () => {
  const body = { access_token: 'abc', token_type: 'mac' };
  const login = loggedIn((_, response) => json(response, 200, body), oauth);
  await expect(login).rejects.toThrow(/it is no bearer token/);
});

test('a password is not sent on to where a service points', async () => {
  await using elsewhere = await ScriptedServer.start((_, response) => response.end());
  const script: Script = (_, response) => response.writeHead(307, { location: elsewhere.url }).end();
  await expect(loggedIn(script, authn)).rejects.toMatchObject({ reason: 'UnexpectedRedirect' });
  expect(elsewhere.seen).toEqual([]);
});
