/**
 * A process for the enclosure's test to kill: runs the Node arguments of its own
 * arguments in an enclosure.
 */
import { runEnclosed } from './enclosure.ts';

process.exitCode = await runEnclosed({ argv: process.argv.slice(2), env: process.env });
