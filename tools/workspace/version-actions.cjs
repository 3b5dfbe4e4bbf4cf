/**
 * How `nx release` reads and writes an app's version: package.json has it, and
 * the app's chart carries it as its own version and as the version of its
 * image. CommonJS with one export, because Nx loads it with require().
 */
const { VersionActions } = require('nx/release');

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

  /** Apps depend on libraries only, which have no version of their own. */
  async readCurrentVersionOfDependency() {
    return { currentVersion: null, dependencyCollection: null };
  }

  async updateProjectVersion(tree, newVersion) {
    const { root } = this.projectGraphNode.data;
    const manifest = `${root}/package.json`;
    tree.write(manifest, tree.read(manifest, 'utf8').replace(/"version": "[^"]*"/, `"version": "${newVersion}"`));
    const chart = `charts/${root.slice('apps/'.length)}/Chart.yaml`;
    if (!tree.exists(chart)) return [`new version ${newVersion} written to ${manifest}`];
    const text = tree.read(chart, 'utf8');
    tree.write(
      chart,
      text.replace(/^version: .*$/m, `version: ${newVersion}`).replace(/^appVersion: .*$/m, `appVersion: ${newVersion}`),
    );
    const name = root.slice('apps/'.length);
    const pins = {
      'charts/rackwright/Chart.yaml': new RegExp(`(- name: ${name}\\n\\s+version: ).*`),
      'charts/operator-manager/values.yaml': new RegExp(`(repository: \\S+/${name}\\n\\s+tag: ).*`),
    };
    for (const [path, pin] of Object.entries(pins)) {
      tree.write(path, tree.read(path, 'utf8').replace(pin, (_, key) => key + (path.endsWith('values.yaml') ? `"${newVersion}"` : newVersion)));
    }
    return [`new version ${newVersion} written to ${manifest}, ${chart} and what pins it`];
  }

  async updateProjectDependencies() {
    return [];
  }
}

module.exports = AppVersionActions;
