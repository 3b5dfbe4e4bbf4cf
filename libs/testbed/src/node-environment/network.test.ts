import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const permitted = spawnSync('unshare', ['--mount', '--net', '--pid', '--fork', 'true']).status === 0;
const name = 'machines reach each other and the control plane by their own addresses, also after a power cut';
const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

(permitted ? test : test.skip)(
  permitted ? name : `${name} (skipped: namespaces of its own need root)`,
  async () => {
    const interfaces = Object.keys(networkInterfaces());
    const source = '--conditions=@rackwright/source';
    const args = [source, path('./namespaces-parent.ts'), source, path('./network-inside.ts')];
    const inside = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [said] = await Promise.all([text(inside.stdout), once(inside, 'exit')]);
    const seen = {
      'control plane to 1': '10.240.0.1',
      '1 to control plane': '10.240.1.1',
      '1 to 2': '10.240.1.1',
      '2 to 1': '10.240.1.2',
    };
    expect(JSON.parse(said)).toEqual({ before: seen, after: seen });
    expect(Object.keys(networkInterfaces())).toEqual(interfaces);
  },
  60_000,
);
