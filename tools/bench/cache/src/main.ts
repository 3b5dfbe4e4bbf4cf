/** 2,000 nodes × 8 CXIDevices in a cache: our informer beside client-node's, each in a process of its own. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startFakeApi } from './fake-api.ts';
import type { CacheCost } from './report.ts';

const flags = ['--max-semi-space-size=1', '--max-old-space-size=256', '--optimize-for-size'];

async function measure(script: string, url: string): Promise<CacheCost> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...flags, '--conditions=@rackwright/source', '--disable-warning=ExperimentalWarning', path, url],
    { env: { ...process.env, MALLOC_ARENA_MAX: '1' } },
  );
  return JSON.parse(stdout) as CacheCost;
}

const { url, server } = await startFakeApi();
const ours = await measure('ours.ts', url);
const reference = await measure('reference.ts', url);
server.close();
server.closeAllConnections();
const row = (name: string, cost: CacheCost): string =>
  `| ${name} | ${cost.objects} | ${cost.syncMs.toFixed(0)} ms | ${cost.anonMiB.toFixed(1)} MiB | ${cost.peakMiB.toFixed(1)} MiB |`;
console.log('| cache of CXIDevices | objects | time to sync | private memory | peak resident |');
console.log('|---|---|---|---|---|');
console.log(row('rackwright', ours));
console.log(row('client-node informer', reference));
console.log(
  `| ratio | | ${(ours.syncMs / reference.syncMs).toFixed(2)} | ${(ours.anonMiB / reference.anonMiB).toFixed(2)} | ${(ours.peakMiB / reference.peakMiB).toFixed(2)} |`,
);
