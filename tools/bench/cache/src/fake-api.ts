import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deviceObject, fleet } from './fleet.ts';

/** An API server that knows one list, in pages if asked, and watches on which nothing happens. */
export async function startFakeApi(): Promise<{ readonly url: string; readonly server: Server }> {
  const total = fleet.nodes * fleet.nics;
  const server = createServer((request, response) => {
    const query = new URL(request.url ?? '/', 'http://localhost').searchParams;
    response.setHeader('content-type', 'application/json');
    if (query.get('watch') === 'true' || query.get('watch') === '1') {
      response.flushHeaders();
      return;
    }
    const start = Number(query.get('continue') ?? 0);
    const end = Math.min(total, start + (Number(query.get('limit')) || total));
    const items = Array.from({ length: end - start }, (_, i) => deviceObject(start + i));
    const metadata = { resourceVersion: '20000', ...(end < total ? { continue: String(end) } : {}) };
    response.end(JSON.stringify({ apiVersion: 'cxi.hpe.com/v1', kind: 'CXIDeviceList', metadata, items }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}
