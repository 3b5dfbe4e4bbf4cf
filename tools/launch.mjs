/**
 * Starts a TypeScript command of this workspace. It is plain JavaScript that
 * any Node can read, so a machine with an old Node gets one clear message.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const needed = [24, 9];
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  process.stderr.write(
    `Rackwright needs Node ${needed.join('.')} or newer, and this is ${process.versions.node} at ${process.execPath}.\n` +
      'On Linux x64 and arm64 `npm ci` brings the right one: run it, then start through `npm run`.\n' +
      'Elsewhere install Node 24 and put it first in PATH.\n',
  );
  process.exit(1);
}
const [script, ...rest] = process.argv.slice(2);
if (script === undefined) {
  process.stderr.write('usage: node tools/launch.mjs <script.ts> [arguments]\n');
  process.exit(2);
}
process.argv.splice(1, process.argv.length - 1, resolve(script), ...rest);
await import(pathToFileURL(resolve(script)).href);
