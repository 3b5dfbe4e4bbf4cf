import type { Server } from '@grpc/grpc-js';
import type { Clock } from '@rackwright/core';
import { errorMessage, HwError, type Logger } from '@rackwright/core';
import { type CallObserver, handlers, type Methods, parseEndpoint } from '@rackwright/grpc';
import { RegistryService } from './gen/registry/v0/registry.ts';
import type { Nodes } from './nodes.ts';

/** Serves the registration of nodes. */
export function addRegistry(
  nodes: Nodes,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): (server: Server) => void {
  const methods: Methods<RegistryService> = {
    registerController: async ({ nodeId, endpoint }, { signal }) => {
      await nodes.register(required('node_id', nodeId), endpointOf(endpoint), signal);
      return {};
    },
    unregisterController: async ({ nodeId }) => {
      nodes.lost(required('node_id', nodeId), 'it has unregistered');
      return {};
    },
  };
  const observer: CallObserver = {
    now: () => clock.monotonic() / 1000,
    ended: ({ method, request, code, error }) => {
      if (error === undefined) return;
      logger.warn('call failed', { method, code, request, error: errorMessage(error) });
    },
  };
  return (server) => server.addService(RegistryService, handlers(RegistryService, methods, observer));
}

function required(field: string, text: string): string {
  if (text === '') throw new HwError('InvalidArgument', `${field} is missing`, { field });
  return text;
}

/** @throws HwError InvalidArgument unless it is a port */
function endpointOf(text: string): string {
  const { kind } = parseEndpoint(required('endpoint', text));
  if (kind === 'tcp') return text;
  throw new HwError('InvalidArgument', `"${text}" is no port`, {
    field: 'endpoint',
    remedy: 'write tcp://host:port',
  });
}
