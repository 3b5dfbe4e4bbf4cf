import { runTool } from './run.mjs';

runTool('@biomejs/biome/bin/biome', [
  'check',
  '--error-on-warnings',
  '--no-errors-on-unmatched',
  ...process.argv.slice(2),
  '.',
]);
