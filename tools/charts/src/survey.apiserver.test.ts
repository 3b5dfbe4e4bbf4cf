import { expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { faultLines } from './survey.ts';
import { runSurvey } from './surveyor.ts';

/** Some in each run; `npm run charts:survey` renders ten thousand. */
const count = 300;

test('random releases of every chart render to sound objects, or are refused with the name of a value', async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const survey = await runSurvey({
    ...{ clock: systemClock, env: process.env, progress: () => undefined },
    ...{ count, seed },
  });
  // What makes them again stands in the failure.
  expect({ seed, faults: faultLines(survey) }).toEqual({ seed, faults: [] });
  expect(survey.rendered + survey.refused).toBe(count);
  expect(survey.rendered).toBeGreaterThan(count / 10);
  expect(survey.refused).toBeGreaterThan(0);
}, 300_000);
