import { fileURLToPath } from 'node:url';
import { runTool } from './run.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
runTool(
  'jest/bin/jest.js',
  ['--rootDir', root, '--config', `${root}jest.config.mjs`, '--roots', process.cwd(), ...process.argv.slice(2)],
  ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
);
