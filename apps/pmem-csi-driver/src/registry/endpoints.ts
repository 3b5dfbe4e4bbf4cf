import { HwError } from '@rackwright/core';
import { type Endpoint, parseEndpoint } from '@rackwright/grpc';

/**
 * Reads `tcp://host:port`. What Kubernetes puts in the place of `$(KUBE_POD_IP)`
 * may be an IPv6 address, which has no brackets then.
 *
 * @throws HwError InvalidArgument naming the flag
 */
export function portOf(flag: string, text: string): Extract<Endpoint, { kind: 'tcp' }> {
  if (text === '')
    throw new HwError('InvalidArgument', `-${flag} is missing`, {
      field: flag,
      remedy: 'write tcp://host:port',
    });
  const endpoint = parseEndpoint(text.replace(/^tcp:\/\/([^[\]]*:[^[\]]*):(\d+)$/, 'tcp://[$1]:$2'), flag);
  if (endpoint.kind === 'tcp') return endpoint;
  throw new HwError('InvalidArgument', `-${flag} "${text}" is no port`, {
    field: flag,
    remedy: 'write tcp://host:port',
  });
}
