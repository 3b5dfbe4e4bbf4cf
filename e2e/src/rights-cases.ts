import type { Case } from './case.ts';
import { expectEqual, expectThat } from './expect.ts';

/** Looks back on a whole run, so it comes last. */
export const noneDenied: Case = {
  name: 'until the uninstall no request of an agent was denied',
  async run(testEnv) {
    const reports = await testEnv.rights.audit(testEnv);
    for (const report of reports) expectEqual(`${report.account}: denied`, report.denied, []);
    expectThat(
      'the accounts were seen at work',
      reports.filter(({ expected }) => expected).every(({ requests }) => requests > 0),
      reports,
    );
  },
};

/** Looks back on the cases of every suite. */
export const noneUnused: Case = {
  name: 'no verb granted to an agent stayed unused',
  // Some rights are needed in cases that run on simulated nodes only, such as taking over a dead installation.
  only: 'simulated',
  async run(testEnv) {
    for (const report of await testEnv.rights.audit(testEnv)) {
      expectEqual(`${report.account}: unused`, report.unused, []);
    }
  },
};
