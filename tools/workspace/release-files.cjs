/**
 * What of the workspace says an app's version, apart from generated files, and how
 * the text of each file changes with it. CommonJS, because Nx loads its user with require().
 */

/** Path below the root → the text with the new version in it. */
const files = (app, version) => ({
  [`apps/${app}/package.json`]: (text) => text.replace(/"version": "[^"]*"/, `"version": "${version}"`),
  'package-lock.json': (text) =>
    text.replace(new RegExp(`("apps/${app}": {\\s+"name": "[^"]*",\\s+"version": )"[^"]*"`), `$1"${version}"`),
  [`charts/${app}/Chart.yaml`]: (text) => chartVersion(text, version),
  'charts/rackwright/Chart.yaml': (text) => {
    const pinned = text.replace(new RegExp(`(- name: ${app}\\n\\s+version: ).*`), `$1${version}`);
    // Whatever is released, the operator is too, for it pins the agents: the umbrella goes by its version.
    return app === 'operator-manager' ? chartVersion(pinned, version) : pinned;
  },
  // It renders the chart of the operator.
  'charts/aidaptivcache-operator/Chart.yaml': (text) =>
    app === 'operator-manager' ? chartVersion(text, version) : text,
});

function chartVersion(text, version) {
  return text.replace(/^version: .*$/m, `version: ${version}`).replace(/^appVersion: .*$/m, `appVersion: ${version}`);
}

/**
 * Gives an app a new version wherever it stands.
 *
 * @param read the text of a file below the root, undefined if there is none
 * @returns path → new text of each file that changes
 */
function releaseFiles(app, version, read) {
  const changed = {};
  for (const [path, change] of Object.entries(files(app, version))) {
    const text = read(path);
    const next = text === undefined ? undefined : change(text);
    if (next !== text) changed[path] = next;
  }
  return changed;
}

module.exports = { releaseFiles };
