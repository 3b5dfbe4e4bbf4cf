/**
 * `npm run e2e:compare`: compares the last whole runs on simulated and on real nodes, which may have run beside
 * each other. Nothing to compare is a failure.
 */
import { compare } from './comparison.ts';
import { checkoutVersion, lastResults } from './results.ts';

const version = await checkoutVersion();
const node = await lastResults('node');
if (node?.version === version) {
  const simulated = await lastResults('simulated');
  const { lines, named } = compare(simulated, node.results, { version, required: true });
  for (const line of lines) console.log(line);
  for (const line of named) console.log(`failed: comparison of simulated and real nodes: ${line}`);
  process.exitCode = named.length === 0 ? 0 : 1;
} else {
  console.log(`failed: comparison: npm run e2e:node has not run here on ${version}`);
  process.exitCode = 1;
}
