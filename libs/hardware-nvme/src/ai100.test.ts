import { describe, expect, test } from '@jest/globals';
import { type Ai100Rule, defaultAi100Pattern, isAi100, isFirmwareAllowed } from './ai100.ts';
import type { NvmeController } from './controllers.ts';

const rule: Ai100Rule = {
  match: 'ModelAndVendor',
  modelPattern: new RegExp(defaultAi100Pattern, 'i'),
  pciVendors: ['1987'],
  allowSerials: [],
  denySerials: [],
};
const disk: NvmeController = {
  name: 'nvme1',
  model: 'PASCARI AI100E',
  serial: 'S1',
  transport: 'pcie',
  vendorId: '1987',
  servesBlocks: true,
  namespaces: [],
};

test.each([
  ['an AI100', {}, {}, true],
  ['one in lower case', { model: 'phison ai200 1tb' }, {}, true],
  ['a consumer disk with the same controller', { model: 'Sabrent Rocket 4.0 1TB' }, {}, false],
  ['a model that only holds the letters', { model: 'XAI1000' }, {}, false],
  ['one of another vendor', { vendorId: '144d' }, {}, false],
  ['one of another vendor, if only the model counts', { vendorId: '144d' }, { match: 'Model' }, true],
  ['any disk, if that is asked for', { model: 'SAMSUNG', vendorId: '144d' }, { match: 'AnyNvme' }, true],
  ['a disk in another machine', { transport: 'tcp' }, { match: 'AnyNvme' }, false],
  ['a controller for discovery only', { servesBlocks: false }, { match: 'AnyNvme' }, false],
  ['a serial number that is allowed', { model: 'SAMSUNG' }, { allowSerials: ['S1'] }, true],
  ['one that is denied too', { model: 'SAMSUNG' }, { allowSerials: ['S1'], denySerials: ['S1'] }, false],
] as const)('%s is taken: %j %j', (_, change, rules, taken) => {
  expect(isAi100({ ...disk, ...change }, { ...rule, ...rules })).toBe(taken);
});

describe('firmware', () => {
  test.each([
    ['EIFZ00.1', ['EIFZ'], true],
    ['EIFM31.6', ['EIFZ'], false],
    ['EIFM31.6', ['EIFZ', 'EIFM'], true],
    ['eifz00.1', ['EIFZ'], false],
    ['EIFZ00.1', ['EIFZ00.2'], false],
    ['EIFZ00.1', ['EIFZ00.1'], true],
    [undefined, ['EIFZ'], false],
  ])('%s is allowed by %j: %s', (revision, allowed, is) => {
    expect(isFirmwareAllowed(revision, allowed)).toBe(is);
  });
});
