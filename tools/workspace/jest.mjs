import { fileURLToPath } from 'node:url';
import { runTool } from './run.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
// `--roots` takes every word up to the next flag, so it must not stand last.
const where = ['--roots', process.cwd(), '--rootDir', root, '--config', `${root}jest.config.mjs`];
runTool(
  'jest/bin/jest.js',
  [...where, ...process.argv.slice(2)],
  ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
);
