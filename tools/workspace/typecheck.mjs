import { runTool } from './run.mjs';

runTool('typescript7/bin/tsc', ['-p', 'tsconfig.json', '--noEmit']);
