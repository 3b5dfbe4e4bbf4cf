import { generate } from './generator/generate.ts';

process.exitCode = await generate({
  argv: process.argv.slice(2),
  env: process.env,
  version: process.env.RACKWRIGHT_VERSION ?? 'source',
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
});
