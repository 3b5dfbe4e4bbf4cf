import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { cxiEvent, driverAgent } from '@rackwright/keys';
import { formatOptionsMarkdown } from '@rackwright/service';
import { expectReadmePart } from '../../../libs/service/src/testing/readme-part.ts';
import { options } from './options.ts';

const readme = new URL('../README.md', import.meta.url);

/** UPDATE_GOLDEN=1 writes the table anew. */
test('the README shows the options there are', () => {
  expectReadmePart(readme, 'options', formatOptionsMarkdown(options));
});

test('the README names every metric, condition and event of the agent', () => {
  const text = readFileSync(readme, 'utf8');
  const events = [
    cxiEvent.driverReady,
    cxiEvent.driverNotReady,
    cxiEvent.sourceUnsupported,
    cxiEvent.deviceAdded,
    cxiEvent.deviceRemoved,
    cxiEvent.deviceUnhealthy,
    cxiEvent.deviceHealthy,
    cxiEvent.retryHandlerDied,
    cxiEvent.deviceOutOfService,
    cxiEvent.deviceInService,
  ];
  const names = [
    ...Object.values(driverAgent.metric),
    ...Object.values(driverAgent.deviceCondition),
    ...events,
  ];
  expect(names.filter((name) => !text.includes(`\`${name}`))).toEqual([]);
});
