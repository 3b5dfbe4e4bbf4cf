import { authnLogin, exchangeLogin, type Login, passwordLogin, type UserPassword } from '@rackwright/aistore';
import { type Clock, HwError } from '@rackwright/core';
import { ignoreNotFound, isKubeError, type KubeClient, resources } from '@rackwright/kube';
import type { AccountProof, LoginMethod, NoLogin, PasswordProof } from '../login-method.ts';

/** What logins read of an API server, and have it sign. */
export type LoginReader = Pick<KubeClient, 'get' | 'getMetadata' | 'request' | 'createToken'>;

/** The least an API server gives. A token is used once, at once. */
const subjectTokenSeconds = 600;

/** A login by a method. Everything is read anew each time, as Secrets change. */
export function loginBy(method: LoginMethod | NoLogin, client: LoginReader, clock: Clock): Login {
  return async () => {
    if ('problem' in method) throw new HwError('FailedPrecondition', method.problem);
    try {
      return await loggedIn(method, client, clock);
    } catch (cause) {
      const code = cause instanceof HwError ? cause.code : 'Unavailable';
      throw new HwError(code, `the login of ${method.saidBy} failed`, { cause });
    }
  };
}

async function loggedIn(method: LoginMethod, client: LoginReader, clock: Clock): ReturnType<Login> {
  const { serviceUrl, skipVerify, proof } = method;
  const ca = await authorities(method, client);
  const service = { serviceUrl, clock, tls: { ca, insecureSkipVerify: skipVerify } };
  if (proof.kind === 'account')
    return await exchangeLogin(service, proof, () => subjectToken(proof, client))();
  const user = (): Promise<UserPassword> => userOf(proof, client);
  return await (proof.grant === undefined
    ? authnLogin(service, user)
    : passwordLogin(service, proof.grant, user))();
}

async function authorities({ ca }: LoginMethod, client: LoginReader): Promise<string | undefined> {
  if (ca === undefined) return undefined;
  const found = await ignoreNotFound(client.get(resources.configMaps, ca));
  const what = `ConfigMap ${ca.namespace}/${ca.name}`;
  if (found === undefined) throw new HwError('NotFound', `there is no ${what}`);
  const text = found.data?.[ca.key];
  if (text === undefined) throw new HwError('FailedPrecondition', `${what} has no key ${ca.key}`);
  return text;
}

async function userOf({ secret }: PasswordProof, client: LoginReader): Promise<UserPassword> {
  const found = await ignoreNotFound(client.get(resources.secrets, secret));
  const what = `Secret ${secret.namespace}/${secret.name}`;
  if (found === undefined) throw new HwError('NotFound', `there is no ${what}`);
  const entry = (key: string): string => {
    const value = Buffer.from(found.data?.[key] ?? '', 'base64').toString('utf8');
    if (value === '') throw new HwError('FailedPrecondition', `${what} has no key ${key}`);
    return value;
  };
  return { username: entry(secret.userKey), password: entry(secret.passKey) };
}

/** A token of the account that the operator itself has at the API server. */
async function subjectToken({ subjectAudience }: AccountProof, client: LoginReader): Promise<string> {
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const { status } = await client.request<SelfSubjectReview>('POST', path, { body });
  const username = status.userInfo.username ?? '';
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(username) ?? [];
  if (namespace === undefined || name === undefined)
    throw new HwError('FailedPrecondition', `the operator is ${username}, which is no ServiceAccount`);
  const audiences = subjectAudience === undefined || subjectAudience === '' ? [] : [subjectAudience];
  const spec = { audiences, expirationSeconds: subjectTokenSeconds };
  return (await client.createToken({ namespace, name }, spec)).token;
}

interface SelfSubjectReview {
  readonly status: { readonly userInfo: { readonly username?: string } };
}

/**
 * Versions of what a login reads: another Secret or ConfigMap gets another token. What is not there, or
 * may not be read, is told by the login itself.
 */
export async function loginVersions(
  method: LoginMethod | NoLogin | undefined,
  client: LoginReader,
  signal: AbortSignal,
): Promise<string> {
  if (method === undefined || 'problem' in method) return '';
  const { ca, proof } = method;
  const secret = proof.kind === 'password' ? proof.secret : undefined;
  const read = [
    ...(secret === undefined ? [] : [client.getMetadata(resources.secrets, secret, { signal })]),
    ...(ca === undefined ? [] : [client.getMetadata(resources.configMaps, ca, { signal })]),
  ].map(async (reading) => {
    try {
      const { uid, resourceVersion } = await reading;
      return `${uid} ${resourceVersion}`;
    } catch (error) {
      if (isKubeError(error, 403, 404)) return '';
      throw error;
    }
  });
  return (await Promise.all(read)).join();
}
