/** Rewrites every generated file that is out of date: `npm run generate`. */
import { generatedFiles, writeStale } from './generated.ts';
import { workspaceRoot } from './projects.ts';

const written = await writeStale(workspaceRoot, await generatedFiles(workspaceRoot));
console.log(
  written.length === 0 ? 'every generated file is up to date' : `written:\n  ${written.join('\n  ')}`,
);
