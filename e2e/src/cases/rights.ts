import type { Case } from '../case.ts';
import { expectEqual, expectThat } from '../expect.ts';
import { type RightsReport, rightsReports } from '../rights.ts';

/** The reports of the last run, printed at its end. */
export const rightsSeen: RightsReport[] = [];

export const rights: readonly Case[] = [
  {
    name: 'until the uninstall no request of an agent was denied',
    async run(bed) {
      rightsSeen.splice(0, rightsSeen.length, ...(await rightsReports(bed)));
      for (const report of rightsSeen) expectEqual(`${report.account}: denied`, report.denied, []);
      expectThat(
        'the accounts were seen at work',
        rightsSeen.slice(0, 2).every((report) => report.requests > 0),
        rightsSeen,
      );
    },
  },
  {
    name: 'no verb granted to an agent stayed unused',
    // Some rights are needed in cases that run on simulated nodes only, such as taking over a dead installation.
    only: 'simulated',
    async run() {
      for (const report of rightsSeen) expectEqual(`${report.account}: unused`, report.unused, []);
    },
  },
];
