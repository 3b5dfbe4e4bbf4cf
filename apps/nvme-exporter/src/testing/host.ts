import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type AgentSnapshot, agentSnapshotFile, formatAgentSnapshot } from '@rackwright/hardware-nvme';
import { type NvmeSpec, SimulatedHost } from '@rackwright/simulator';

/** A simulated host with NVMe drives in a temporary folder. */
export interface TestHost extends Disposable {
  readonly host: SimulatedHost;
  /** Leaves what a device plugin would. */
  writeAgent(snapshot: AgentSnapshot): void;
}

export async function testHost(nvme: readonly NvmeSpec[], commands = true): Promise<TestHost> {
  const folder = mkdtempSync(join(tmpdir(), 'rw-nvme-exporter-'));
  const host = await SimulatedHost.create(folder, { nvme, commands });
  return {
    host,
    writeAgent(snapshot) {
      const path = host.root.path(agentSnapshotFile);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, formatAgentSnapshot(snapshot));
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Says that a host's drives are those of `exampleSnapshot`, which are nvme1 and nvme2 there. */
export function snapshotOf(example: AgentSnapshot, nowMs: number): AgentSnapshot {
  const time = new Date(nowMs).toISOString();
  return {
    ...example,
    time,
    devices: example.devices.map((device, i) => ({
      ...device,
      ...{ controller: `nvme${i}`, namespace: `nvme${i}n1` },
      ...(device.smart && { smart: { ...device.smart, time } }),
    })),
  };
}

/** The series of a text: name and labels to value. */
export function seriesOf(text: string): Map<string, string> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)]),
  );
}

/** The golden file `name`; UPDATE_GOLDEN=1 writes it anew. */
export function golden(name: string, actual: string): string {
  const path = new URL(`../testdata/${name}`, import.meta.url);
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(path, actual);
  return readFileSync(path, 'utf8');
}
