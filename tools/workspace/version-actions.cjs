/**
 * How `nx release` reads and writes an app's version: package.json has it, and
 * charts and manifests follow. CommonJS, because Nx loads it with require().
 */
const { spawnSync } = require('node:child_process');
const { readdirSync } = require('node:fs');
const { join } = require('node:path');
const { VersionActions } = require('nx/release');
const { releaseFiles } = require('./release-files.cjs');

class AppVersionActions extends VersionActions {
  validManifestFilenames = ['package.json'];

  async readCurrentVersionFromSourceManifest(tree) {
    const manifestPath = `${this.projectGraphNode.data.root}/package.json`;
    return { currentVersion: JSON.parse(tree.read(manifestPath, 'utf8')).version, manifestPath };
  }

  /** No app is published to a package registry. */
  async readCurrentVersionFromRegistry() {
    return null;
  }

  /** Only operator-manager depends on other apps, and pins them in files of its own. */
  async readCurrentVersionOfDependency() {
    return { currentVersion: null, dependencyCollection: null };
  }

  async updateProjectVersion(tree, newVersion) {
    const app = this.projectGraphNode.data.root.slice('apps/'.length);
    const read = (path) => tree.read(path, 'utf8') ?? undefined;
    const changed = releaseFiles(app, newVersion, read);
    for (const [path, text] of Object.entries(changed)) tree.write(path, text);
    return [`new version ${newVersion} written to ${Object.keys(changed).join(', ')}`];
  }

  async updateProjectDependencies() {
    return [];
  }
}

/** Files that are generated with versions in them: made anew and committed with the release. */
async function afterAllProjectsVersioned(cwd, { dryRun }) {
  const subcharts = 'charts/rackwright/charts';
  const changedFiles = [
    'charts/operator-manager/files/agent-versions.yaml',
    ...readdirSync(join(cwd, subcharts)).map((chart) => `${subcharts}/${chart}/Chart.yaml`),
    `${subcharts}/operator-manager/files/agent-versions.yaml`,
    'config/manager/manager.yaml',
    'config/pmem/manager.yaml',
    'config/removal/removal.yaml',
    'config/webhook/webhook.yaml',
    'dist/install.yaml',
  ];
  if (dryRun) return { changedFiles, deletedFiles: [] };
  const words = ['--conditions=@rackwright/source', 'tools/launch.mjs', 'tools/workspace/src/generate.ts'];
  const generated = spawnSync(process.execPath, words, { cwd, stdio: 'inherit' });
  if (generated.status !== 0) throw new Error('the generated files could not be made anew: run `npm run generate`');
  return { changedFiles, deletedFiles: [] };
}

module.exports = AppVersionActions;
module.exports.afterAllProjectsVersioned = afterAllProjectsVersioned;
