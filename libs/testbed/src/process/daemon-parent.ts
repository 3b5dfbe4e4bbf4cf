/**
 * A process for the daemon's test to kill: starts the program of its arguments
 * as a daemon, prints the pid, and stays.
 */
import { systemClock } from '@rackwright/core';
import { Daemon } from './daemon.ts';

const [log = '', program = '', ...args] = process.argv.slice(2);
const env = { PATH: process.env.PATH ?? '' };
const daemon = await Daemon.start({ name: 'child', program, args, log, env }, systemClock);
process.stdout.write(`${daemon.pid}\n`);
await daemon.exited;
