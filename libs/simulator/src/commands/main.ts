import { writeSync } from 'node:fs';
import { hostCommands } from '../host-commands.ts';
import { runCommand } from './run.ts';

const [prefix = '', name = '', ...args] = process.argv.slice(2);
const outcome = runCommand(hostCommands, prefix, name, args);
const printed = outcome.bytes ?? Buffer.from(outcome.stdout ?? '');
for (let at = 0; at < printed.length; ) at += writeSync(1, printed, at);
if (outcome.stderr !== undefined) writeSync(2, outcome.stderr);
process.exitCode = outcome.code;
