import { isAi100, isFirmwareAllowed, type NvmeController } from '@rackwright/hardware-nvme';
import { discovery } from '@rackwright/keys';
import { commonValue, gigabytes, type Labels, labelValue, withValues } from './label-value.ts';
import type { DiscoveryRules } from './rules.ts';

const keys = discovery.label.ai100;

/** What an annotation of the Node may hold of the disks, in bytes. */
const maxAnnotation = 1024;

/** The AI100 disks among the controllers. Pure. */
export function ai100Disks(
  controllers: readonly NvmeController[],
  { ai100 }: Pick<DiscoveryRules, 'ai100'>,
): NvmeController[] {
  return controllers.filter((controller) => isAi100(controller, ai100));
}

/** Labels for AI100 disks. Pure. */
export function ai100Labels(
  disks: readonly NvmeController[],
  { firmware }: Pick<DiscoveryRules, 'firmware'>,
): Labels {
  if (disks.length === 0) return {};
  const isCompliant = (disk: NvmeController): boolean => isFirmwareAllowed(disk.firmware, firmware ?? []);
  return withValues({
    [keys.present]: 'true',
    [keys.count]: String(disks.length),
    [keys.capacityGB]: gigabytes(disks.reduce((sum, disk) => sum + diskBytes(disk), 0n)),
    [keys.model]: common(disks.map(({ model }) => model)),
    [keys.firmware]: common(disks.map((disk) => disk.firmware)),
    [keys.firmwareCompliant]: firmware && String(disks.every(isCompliant)),
    [keys.numa]: numaNodes(disks),
  });
}

/** The disks as compact JSON, as many as there is room for; undefined without any. Pure. */
export function ai100Annotation(disks: readonly NvmeController[]): string | undefined {
  const entries = disks.map((disk) => ({
    ...(disk.serial !== undefined && { serial: disk.serial }),
    ...(disk.firmware !== undefined && { firmware: disk.firmware }),
    sizeBytes: String(diskBytes(disk)),
  }));
  while (entries.length > 0) {
    const text = JSON.stringify(entries);
    if (Buffer.byteLength(text) <= maxAnnotation) return text;
    entries.pop();
  }
  return undefined;
}

/** One disk is the first namespace of a controller. */
function diskBytes({ namespaces }: NvmeController): bigint {
  return namespaces[0]?.sizeBytes ?? 0n;
}

function common(texts: readonly (string | undefined)[]): string | undefined {
  return labelValue(commonValue(texts) ?? '');
}

/** `0`, `0-1`: the NUMA nodes that have disks, each once. */
function numaNodes(disks: readonly NvmeController[]): string | undefined {
  const nodes = [...new Set(disks.flatMap(({ numaNode }) => numaNode ?? []))].sort((a, b) => a - b);
  return labelValue(nodes.join('-'));
}
