import type { Case } from '../case.ts';
import { expectEqual, expectThat } from '../expect.ts';
import { type RightsReport, rightsReports } from '../rights.ts';

/** The reports of the last run, printed at its end. */
export const rightsSeen: RightsReport[] = [];

export const rights: readonly Case[] = [
  {
    name: 'until the uninstall no request of an agent was denied, and no granted verb stayed unused',
    async run(bed) {
      rightsSeen.push(...(await rightsReports(bed)));
      for (const report of rightsSeen) {
        expectEqual(`${report.account}: denied`, report.denied, []);
        expectEqual(`${report.account}: unused`, report.unused, []);
      }
      expectThat(
        'the accounts were seen at work',
        rightsSeen.slice(0, 2).every((report) => report.requests > 0),
        rightsSeen,
      );
    },
  },
];
