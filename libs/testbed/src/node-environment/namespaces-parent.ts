/**
 * A process for the namespaces' test to kill: runs the Node arguments of its own
 * arguments in namespaces of their own.
 */
import { runInNamespaces } from './namespaces.ts';

process.exitCode = await runInNamespaces({ argv: process.argv.slice(2), env: process.env });
