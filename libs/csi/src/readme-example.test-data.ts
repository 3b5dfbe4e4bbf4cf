import { silentLogger, systemClock } from '@rackwright/core';
import { CsiServer } from '@rackwright/csi';

/** @param endpoint for instance unix:///csi/csi.sock */
export async function serve(endpoint: string, signal: AbortSignal): Promise<void> {
  const server = new CsiServer({
    endpoint,
    clock: systemClock,
    logger: silentLogger,
    identity: {
      getPluginInfo: async () => ({ name: 'example.com', vendorVersion: 'v1', manifest: {} }),
      probe: async () => ({ ready: true }),
    },
  });
  await server.start(signal);
}
