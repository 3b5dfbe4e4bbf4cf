import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { errorMessage } from '@rackwright/core';
import { at, isObject, type JsonObject, parseObject, textAt } from '../process/json.ts';
import { FatalError, ownPath, type Program } from '../process/program.ts';

/** How often and at what distance, in milliseconds, aisinit looks for the address. */
const attempts = 6;
const intervalMs = 10_000;

const account = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The address of the LoadBalancer Service named like the pod.
 *
 * @param pace 1 for a real cluster's waits
 * @throws FatalError when there is no such Service, or no address within a minute
 */
export async function loadBalancerAddress(
  program: Program,
  { namespace, pod }: { readonly namespace: string; readonly pod: string },
  pace: number,
): Promise<string> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const address = addressOf(await service(program, namespace, pod));
    if (address !== undefined) return address;
    program.print(`couldn't fetch valid external loadbalancer IP for svc "${pod}", attempt: ${attempt}`);
    await program.clock.sleep(intervalMs * pace);
  }
  throw new FatalError('Failed to fetch external IP for target');
}

function addressOf(service: JsonObject | undefined): string | undefined {
  const ingress = at(service, 'status', 'loadBalancer', 'ingress');
  const [first] = Array.isArray(ingress) ? ingress : [];
  return first === undefined ? undefined : textAt(first, 'ip');
}

/** Reads the Service with the pod's own account; undefined when the API server gives no good answer. */
async function service(program: Program, namespace: string, name: string): Promise<JsonObject | undefined> {
  const file = (one: string): string => readFileSync(ownPath(program, `${account}/${one}`), 'utf8');
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '' } = program.env;
  if (host === '') throw new FatalError('unable to load in-cluster configuration');
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const outgoing = request({
    ...{ host, port, path: `/api/v1/namespaces/${namespace}/services/${name}`, agent: false },
    ...{ ca: file('ca.crt'), headers: { authorization: `Bearer ${file('token')}` } },
  });
  outgoing.on('error', reject).on('response', (answer) => {
    let text = '';
    answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    answer.on('error', reject).on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
  });
  outgoing.end();
  try {
    const { status, text } = await promise;
    if (status === 404) throw new FatalError(`services "${name}" not found`);
    const body = parseObject(text);
    return status === 200 && isObject(body) ? body : undefined;
  } catch (error) {
    if (error instanceof FatalError) throw error;
    program.print(`reading the Service ${name}: ${errorMessage(error)}`);
    return undefined;
  }
}
