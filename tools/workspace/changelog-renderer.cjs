/**
 * How `nx release` writes an entry of an app's CHANGELOG.md: plain headings,
 * one level for every version. CommonJS, because Nx loads it with require().
 */
const { default: DefaultChangelogRenderer } = require('nx/release/changelog-renderer');

class AppChangelogRenderer extends DefaultChangelogRenderer {
  renderVersionTitle() {
    return `## ${this.changelogEntryVersion} (${new Date().toISOString().slice(0, 10)})`;
  }

  /** What breaks has a heading of its own and needs no sign. */
  formatChange(change) {
    return super.formatChange({ ...change, isBreaking: false });
  }

  renderBreakingChanges() {
    return ['### Breaking changes', '', ...new Set(this.breakingChanges)];
  }

  /** Only operator-manager depends on other apps: on the agents it rolls out. */
  renderDependencyBumps() {
    const lines = this.dependencyBumps.map(({ dependencyName, newVersion }) => `- ${dependencyName} ${newVersion}`);
    return ['### Agents', '', ...lines];
  }
}

module.exports = AppChangelogRenderer;
