/**
 * The workspace's own lint: the floors of DESIGN.md over the project graph and
 * every import, generated files that must equal what would be generated, and
 * includes of the charts that must be defined, and the registry of apps, which must
 * name what there is.
 */
import { families } from '@rackwright/registry';
import { boundaryOffences } from './boundaries.ts';
import { chartIncludeOffences } from './chart-includes.ts';
import { generatedFiles, staleFiles } from './generated.ts';
import { importsOf } from './imports.ts';
import { readProjects, workspaceRoot } from './projects.ts';
import { readWorkspaceApps, registryOffences } from './registry-check.ts';

const projects = await readProjects();
const imports = (await Promise.all(projects.map((project) => importsOf(workspaceRoot, project)))).flat();
const offences = boundaryOffences(projects, imports);
for (const path of await staleFiles(workspaceRoot, await generatedFiles(workspaceRoot))) {
  offences.push(`${path}: differs from what is generated; run \`npm run generate\``);
}
offences.push(...(await chartIncludeOffences(workspaceRoot)));
offences.push(...registryOffences(families, await readWorkspaceApps(workspaceRoot)));
for (const line of offences) console.error(line);
console.log(`${projects.length} projects, ${imports.length} imports checked, ${offences.length} offences`);
process.exitCode = offences.length === 0 ? 0 : 1;
