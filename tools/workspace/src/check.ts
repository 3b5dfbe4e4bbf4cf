/**
 * The workspace's own lint: the floors of DESIGN.md over the project graph and
 * every import, generated files that must equal what would be generated, and
 * includes of the charts that must be defined, and the registry of apps, which must
 * name what there is.
 */
import { families } from '@rackwright/registry';
import { boundaryViolations } from './boundaries.ts';
import { undescribedAgents } from './chart-agents.ts';
import { chartIncludeViolations } from './chart-includes.ts';
import { generatedFiles, staleFiles } from './generated.ts';
import { importsOf } from './imports.ts';
import { readProjects, workspaceRoot } from './projects.ts';
import { readWorkspaceApps, registryViolations } from './registry-check.ts';

const projects = await readProjects();
const imports = (await Promise.all(projects.map((project) => importsOf(workspaceRoot, project)))).flat();
const violations = boundaryViolations(projects, imports);
for (const path of await staleFiles(workspaceRoot, await generatedFiles(workspaceRoot))) {
  violations.push(`${path}: differs from what is generated; run \`npm run generate\``);
}
violations.push(...(await chartIncludeViolations(workspaceRoot)));
violations.push(...undescribedAgents(families));
violations.push(...registryViolations(families, await readWorkspaceApps(workspaceRoot)));
for (const line of violations) console.error(line);
console.log(
  `${projects.length} projects, ${imports.length} imports checked, ${violations.length} violations`,
);
process.exitCode = violations.length === 0 ? 0 : 1;
