import { expect, test } from '@jest/globals';
import { defaultServiceEnabled } from './default-service.ts';

const block = (id: number, state: string): string =>
  `\nID: ${id}\n  Name:service${id}\n  State:${state}\n  LNIs/RGID:1\n  System service:0\n`;

test.each([
  ['enabled', `Resources\n  Max 1 2\n\nRgroups:${block(1, 'Enabled')}${block(2, 'Disabled')}`, true],
  ['disabled', `Rgroups:${block(2, 'Enabled')}${block(1, 'Disabled')}`, false],
  ['not there', `Rgroups:${block(2, 'Enabled')}${block(11, 'Enabled')}`, undefined],
  ['of a driver that does not say', 'ID: 1\n  Name:default\nID: 2\n  State:Enabled\n', undefined],
  ['in no text at all', '', undefined],
])('the default service is %s', (_, text, enabled) => expect(defaultServiceEnabled(text)).toBe(enabled));
