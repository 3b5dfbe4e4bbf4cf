/** `npm run charts:survey -- [COUNT [SEED]]`: renders random releases of every chart and tells what is wrong. */
import { systemClock } from '@rackwright/core';
import { faultLines } from './survey.ts';
import { runSurvey } from './surveyor.ts';

const [count = '10000', seed = String(systemClock.now() % 1_000_000_007)] = process.argv.slice(2);
console.log(`seed ${seed}`);
const survey = await runSurvey({
  ...{ clock: systemClock, env: process.env, progress: (line) => console.log(line) },
  ...{ count: Number(count), seed: Number(seed) },
});
for (const line of faultLines(survey)) console.log(line);
console.log(
  `${survey.rendered} rendered, ${survey.refused} refused by name, ${survey.faults.length} at fault`,
);
process.exitCode = survey.faults.length === 0 ? 0 : 1;
