import { expect, test } from '@jest/globals';
import { deviceSection } from './families/cxi/sections.ts';
import { render } from './render.ts';
import { table } from './table.ts';

test('a device on NUMA node 0 shows 0, what is not known shows a dash', () => {
  const lines = render(
    {
      resources: ['hpe.com/cxi'],
      nodes: [{ name: 'n1', ready: true, amounts: [{ capacity: '200', allocatable: '100' }] }],
      sections: [
        deviceSection([
          {
            metadata: { name: 'n1-cxi0' },
            spec: {},
            status: {
              node: 'n1',
              device: 'cxi0',
              type: 'pf',
              numaNode: 0,
              linkState: 'up',
              health: { status: 'Healthy' },
            },
          },
        ]),
      ],
      pods: [],
      events: [
        {
          at: '2026-01-01T10:11:12Z',
          type: 'Warning',
          reason: 'DeviceUnhealthy',
          about: 'CXIDevice/n1-cxi0',
          note: 'gone',
        },
      ],
    },
    { events: 5 },
  );
  expect(lines).toContain('  n1    yes    200                   100');
  expect(lines.find((line) => line.includes('n1-cxi0') && line.includes('Healthy'))?.split(/\s+/)).toEqual([
    '',
    'n1-cxi0',
    'pf',
    '-',
    '0',
    '-',
    '-',
    'up',
    'Healthy',
  ]);
  expect(lines).toContain('  10:11:12  Warning  DeviceUnhealthy  CXIDevice/n1-cxi0  gone');
});

test('a long cell is cut so that rows stay on their line', () => {
  expect(table(['A', 'B'], [['x'.repeat(100), 'y']], 10)).toEqual(['A           B', 'xxxxxxxxx…  y']);
});
