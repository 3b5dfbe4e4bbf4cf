import { stringify } from 'yaml';
import { type AppVersions, agentApps } from '../../../apps/operator-manager/src/install/values.ts';
import { installConfig, installer } from './install-config.ts';

/**
 * The versions of the agents an operator of this chart rolls out. A file of the
 * chart and no values: `helm upgrade --reuse-values` keeps values, and a new
 * operator would start old agents with flags they do not know.
 */
function agentVersions(versions: AppVersions): [string, string] {
  const agents = Object.fromEntries(agentApps.map((app) => [app, versions[app]]));
  return [
    'charts/operator-manager/files/agent-versions.yaml',
    `# Generated from apps/*/package.json by \`npm run generate\`. Do not edit.\n${stringify(agents)}`,
  ];
}

/** Every generated file that says versions of apps; a release makes and commits them. */
export function versionedFiles(versions: AppVersions): [string, string][] {
  return [agentVersions(versions), ...installConfig(versions), ...installer(versions)];
}
