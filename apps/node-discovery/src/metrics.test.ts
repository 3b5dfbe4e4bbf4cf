import { expect, test } from '@jest/globals';
import { Registry } from '@rackwright/service';
import { disliked, promtoolExpected } from '@rackwright/testbed/without-nodes';
import type { Discovered } from './labels/discover.ts';
import { sourceNames } from './labels/sources.ts';
import { DiscoveryMetrics } from './metrics.ts';

const labels = {
  'phison.com/cxi.present': 'true',
  'phison.com/cxi.count': '2',
  'phison.com/pmem.regions': '1',
};

/** One look in which persistent memory could not be read. */
function look(): Pick<Discovered, 'parts'> {
  const unread = [{ path: '/sys/bus/nd/devices', code: 'EIO' }];
  const parts = sourceNames.map((name) => [name, { labels: {}, unread: name === 'pmem' ? unread : [] }]);
  return { parts: Object.fromEntries(parts) as Discovered['parts'] };
}

async function scraped(): Promise<string> {
  const registry = new Registry();
  const metrics = new DiscoveryMetrics(registry, () => ({ labels, conflicts: ['a'] }));
  metrics.looked(look());
  metrics.wrote();
  metrics.published({ ok: true, at: 0 }, 1_700_000_000_000);
  metrics.published({ ok: false, at: 0 }, 1_700_000_060_000);
  return registry.metrics();
}

test('/metrics tells what is published, what is withheld and what could not be read', async () => {
  const lines = (await scraped()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  expect(lines).toEqual([
    'node_discovery_labels{source="pci"} 0',
    'node_discovery_labels{source="cxi"} 2',
    'node_discovery_labels{source="ai100"} 0',
    'node_discovery_labels{source="pmem"} 1',
    'node_discovery_labels{source="storage"} 0',
    'node_discovery_withheld_labels 1',
    'node_discovery_passes_total{source="pci",outcome="success"} 1',
    'node_discovery_passes_total{source="cxi",outcome="success"} 1',
    'node_discovery_passes_total{source="ai100",outcome="success"} 1',
    'node_discovery_passes_total{source="pmem",outcome="failure"} 1',
    'node_discovery_passes_total{source="storage",outcome="success"} 1',
    'node_discovery_writes_total 1',
    'node_discovery_publications_total{outcome="success"} 1',
    'node_discovery_publications_total{outcome="failure"} 1',
    'node_discovery_last_publication_timestamp_seconds 1700000000',
  ]);
});

const ifPromtool = promtoolExpected() ? test : test.skip;

ifPromtool('promtool dislikes no name (needs promtool)', async () => {
  expect(disliked(await scraped())).toEqual([]);
});
