import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { HwError } from '@rackwright/core';
import type { Container, Handler } from '../pod-model.ts';

/** How much of an answer a probe keeps. */
const maxBodyBytes = 10 * 1024;

/** What a server answered. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/**
 * A GET as the kubelet sends it: certificates are not checked, redirects not followed.
 *
 * @param host used when the action names none: the pod's address
 */
export function httpGet(
  action: NonNullable<Handler['httpGet']>,
  container: Container,
  host: string,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const secure = action.scheme === 'HTTPS';
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  const options = {
    method: 'GET',
    host: action.host || host,
    port: containerPort(action.port, container),
    path: action.path?.startsWith('/') ? action.path : `/${action.path ?? ''}`,
    headers: {
      'user-agent': 'kube-probe/1.36',
      accept: '*/*',
      ...Object.fromEntries((action.httpHeaders ?? []).map(({ name, value }) => [name, value])),
    },
    agent: false,
    rejectUnauthorized: false,
    signal,
  };
  const answer = (response: IncomingMessage): void => {
    let body = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      if (body.length < maxBodyBytes) body += chunk;
    });
    response.on('end', () =>
      resolve({ status: response.statusCode ?? 0, body: body.slice(0, maxBodyBytes) }),
    );
    response.on('error', reject);
  };
  const outgoing = secure ? httpsRequest(options, answer) : httpRequest(options, answer);
  outgoing.on('error', reject);
  outgoing.end();
  return promise;
}

/**
 * The number of a port given by number or by the name of one of the container's ports.
 *
 * @throws HwError InvalidArgument for an unknown name
 */
export function containerPort(port: number | string, container: Container): number {
  if (typeof port === 'number') return port;
  const named = container.ports?.find((one) => one.name === port)?.containerPort;
  const value = named ?? Number(port);
  if (!Number.isInteger(value)) {
    throw new HwError('InvalidArgument', `container ${container.name} has no port named ${port}`, {
      field: 'port',
    });
  }
  return value;
}
