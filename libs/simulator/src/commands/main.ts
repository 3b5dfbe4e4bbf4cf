import { writeSync } from 'node:fs';
import { hostCommands } from '../host-commands.ts';
import { runCommand } from './run.ts';

const [prefix = '', name = '', ...args] = process.argv.slice(2);
const outcome = runCommand(hostCommands, prefix, name, args);
if (outcome.stdout !== undefined) writeSync(1, outcome.stdout);
if (outcome.stderr !== undefined) writeSync(2, outcome.stderr);
process.exitCode = outcome.code;
