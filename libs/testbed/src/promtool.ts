import { spawnSync } from 'node:child_process';
import { HwError } from '@rackwright/core';

const older = 'the name it has in the older exporter and on its dashboards';
const file = 'cxi_rh_ and the name of the file in /run/cxi/cxiN, as for every statistic of a retry handler';

/**
 * Metrics whose names the style rules of promtool dislike and that keep them:
 * name → why. The README of the exporter has the same table.
 */
export const keptMetricNames: Readonly<Record<string, string>> = {
  cxi_device_count: older,
  cxi_device_link_speed_bits: 'the speed of a link is said in bits',
  cxi_rh_max_nid_tree_count: file,
  cxi_rh_max_switch_tree_count: file,
  cxi_rh_nid_tree_count: file,
  cxi_rh_switch_tree_count: file,
};

/** Whether tests that need promtool run: where it is missing on a developer's machine they are left out by name. */
export function promtoolExpected(): boolean {
  return process.env.CI === 'true' || spawnSync('promtool', ['--version']).status === 0;
}

/**
 * The metrics promtool complains about in the text of a /metrics endpoint, in
 * order, each once.
 *
 * @throws HwError NotFound if there is no promtool; InvalidArgument for text
 *   that is not Prometheus' format
 */
export function disliked(exposition: string): string[] {
  const { error, status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: exposition,
    encoding: 'utf8',
  });
  if (error !== undefined) {
    const remedy = 'install it, as .ci/install-tools does';
    throw new HwError('NotFound', 'promtool is not installed', { cause: error, remedy });
  }
  const lines = `${stdout}${stderr}`.split('\n').filter((line) => line !== '');
  // 3 says that there is nothing worse than names to complain about.
  if (status !== 0 && status !== 3) throw new HwError('InvalidArgument', lines.join('; '));
  return [...new Set(lines.map((line) => line.split(' ')[0] ?? ''))].sort();
}
