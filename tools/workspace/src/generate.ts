/** Rewrites every generated file that is out of date: `npm run generate`. */
import { spawnSync } from 'node:child_process';
import { agentFlagsFile } from './agent-flags.ts';
import { generatedFiles, writeStale } from './generated.ts';
import { workspaceRoot } from './projects.ts';

const written = await writeStale(workspaceRoot, await generatedFiles(workspaceRoot));
console.log(
  written.length === 0 ? 'every generated file is up to date' : `written:\n  ${written.join('\n  ')}`,
);
// Other files are made from this one, which was read before it was written.
if (written.includes(agentFlagsFile))
  spawnSync(process.execPath, [...process.execArgv, ...process.argv.slice(1)], { stdio: 'inherit' });
