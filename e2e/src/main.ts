/** `npm run e2e`: every case on a simulated cluster. Arguments filter cases by a part of their name; `--suite FAMILY` takes those of one family. */
import { systemClock } from '@rackwright/core';
import { buildApps } from '@rackwright/testbed';
import { clusterPrograms } from './programs.ts';
import { runTier } from './session.ts';
import { SimulatedEnvironment } from './simulated-environment.ts';

process.exitCode = await runTier(
  {
    kind: 'simulated',
    programs: clusterPrograms,
    async start({ programs, suites, signal, print }) {
      await buildApps({ clock: systemClock, env: process.env, progress: print, signal });
      return SimulatedEnvironment.start({ programs, suites, clock: systemClock, signal, progress: print });
    },
  },
  process.argv.slice(2),
);
