import { unexcused } from './src/skipped-tests.ts';

/**
 * Lets a run of jest with CI=true fail when it left out a test that does not
 * say in its name why it may be. Tests that a filter left out do not count.
 */
export default class SkippedReporter {
  #filtered;
  #error;

  constructor({ testNamePattern }) {
    this.#filtered = Boolean(testNamePattern);
  }

  onRunComplete(_contexts, { testResults }) {
    if (process.env.CI !== 'true' || this.#filtered) return;
    const tests = testResults.flatMap((file) => file.testResults);
    const names = unexcused(
      tests.filter(({ status }) => status === 'pending').map(({ fullName }) => fullName),
    );
    if (names.length === 0) return;
    this.#error = new Error(`left out although CI is true:\n  ${names.join('\n  ')}`);
    console.error(this.#error.message);
  }

  getLastError() {
    return this.#error;
  }
}
