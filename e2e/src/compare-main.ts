/**
 * `npm run e2e:compare`: compares the last whole runs on simulated and on real nodes, which may have run beside
 * each other. Nothing to compare is a failure.
 */
import { compare } from './comparison.ts';
import { checkoutVersion, lastResults } from './results.ts';

const version = await checkoutVersion();
const node = await lastResults('node');
const results = node?.version === version ? node.results : [];
const { lines, failures } = compare(await lastResults('simulated'), results, { version, required: true });
for (const line of lines) console.log(line);
const missing = results.length === 0;
if (missing) console.log(`nothing to compare: npm run e2e:node has not run here on ${version}`);
const failed = failures + (missing ? 1 : 0);
console.log(`${results.length} compared, ${failed} differ`);
process.exitCode = failed === 0 ? 0 : 1;
