/**
 * The reference: an exporter written the plainest way. For each scrape every
 * telemetry file is read with readFileSync, set on a prom-client gauge, and the
 * registry rendered. It serves nothing else.
 *
 * Usage: plain-exporter.ts <folder of one device's telemetry>...
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Gauge, Registry } from 'prom-client';

const registry = new Registry();
const gauges = new Map<string, Gauge>();

function gaugeOf(file: string): Gauge {
  const known = gauges.get(file);
  if (known !== undefined) return known;
  const gauge = new Gauge({
    name: `cxi_telemetry_${file}_total`,
    help: `Hardware counter ${file} of the NIC.`,
    labelNames: ['device', 'node'],
    registers: [registry],
  });
  gauges.set(file, gauge);
  return gauge;
}

function collect(folders: readonly string[]): void {
  for (const [i, folder] of folders.entries()) {
    for (const file of readdirSync(folder)) {
      const value = Number.parseInt(readFileSync(join(folder, file), 'utf8'), 10);
      gaugeOf(file).set({ device: `cxi${i}`, node: 'bench' }, value);
    }
  }
}

const server = createServer((_, response) => {
  collect(process.argv.slice(2));
  void registry.metrics().then((text) => {
    response.writeHead(200, { 'content-type': registry.contentType });
    response.end(text);
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null) console.log(JSON.stringify({ port: address.port }));
});
