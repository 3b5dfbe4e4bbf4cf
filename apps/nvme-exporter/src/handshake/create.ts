import { HwError } from '@rackwright/core';
import { aidaptivCache } from '@rackwright/keys';
import { containerPath, type ServiceContext } from '@rackwright/service';
import type { ExporterConfig } from '../options.ts';
import { Handshaker, type Introduction } from './handshaker.ts';

type Context = Pick<ServiceContext<ExporterConfig>, 'config' | 'clock' | 'logger' | 'env'>;

/**
 * What makes handshakes; undefined where no operator is named.
 *
 * @throws HwError InvalidArgument for a name that is none
 */
export function createHandshaker(
  { config, clock, logger, env }: Context,
  introduction: () => Introduction | undefined,
): Handshaker | undefined {
  const { handshakeService: service, handshakePort, podNamespace } = config;
  if (service === '') return undefined;
  const host = podNamespace === '' ? service : `${service}.${podNamespace}`;
  const text = `https://${host}:${handshakePort}${aidaptivCache.handshake.path}`;
  const url = URL.parse(text);
  if (url === null || url.hostname !== host) {
    const field = '--handshake-service';
    throw new HwError('InvalidArgument', `${field}: ${host} is no name of a Service`, { field });
  }
  const folder = containerPath(config.handshakeFolder, env);
  return new Handshaker({ url, folder, introduction, clock, logger });
}
