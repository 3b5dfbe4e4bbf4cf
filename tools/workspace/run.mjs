/**
 * Runs one installed tool from the workspace's node_modules for the project in
 * the current folder, with the pinned Node binary, and exits as it exits.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const modules = fileURLToPath(new URL('../../node_modules/', import.meta.url));

export function runTool(script, args, nodeFlags = []) {
  const result = spawnSync(process.execPath, [...nodeFlags, modules + script, ...args], { stdio: 'inherit' });
  if (result.error) throw result.error;
  if (result.status !== 0) process.exit(result.status ?? 1);
}
