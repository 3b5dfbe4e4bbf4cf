import { expect, test } from '@jest/globals';
import { eventsOf } from './events.ts';

test('weakness 13: the text of an event arrives as it was written, with every % in it', () => {
  const failure =
    'PUT http://ais-proxy.ais/v1/cluster/proxy/p?can=http%3A%2F%2Fais-proxy-1%3A51080: 100%d %s %!v';
  expect(eventsOf(undefined, {}, failure)).toEqual([{ type: 'Warning', reason: 'Failed', message: failure }]);
});
