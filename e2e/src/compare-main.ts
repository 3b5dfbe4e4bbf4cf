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
  const { lines, failures } = compare(simulated, node.results, { version, required: true });
  for (const line of lines) console.log(line);
  if (failures > 0) console.log(`failed: comparison of simulated and real nodes: see the table above`);
  process.exitCode = failures === 0 ? 0 : 1;
} else {
  console.log(`failed: comparison: npm run e2e:node has not run here on ${version}`);
  process.exitCode = 1;
}
