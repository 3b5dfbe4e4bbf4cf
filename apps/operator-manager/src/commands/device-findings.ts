import { type CxiDeviceObject, cxiDevices } from '@rackwright/api';
import type { KubeClient } from '@rackwright/kube';
import { type Finding, firstOf } from './findings.ts';

/** The NICs of a cluster as far as they matter here. */
export interface Devices {
  readonly total: number;
  /** Those that are not Healthy. */
  readonly bad: readonly CxiDeviceObject[];
}

/** Reads the CXIDevices in pages, and keeps those that are not Healthy. */
export async function readDevices(client: Pick<KubeClient, 'list'>, signal: AbortSignal): Promise<Devices> {
  const { items } = await client.list(cxiDevices, { trim: statusOnly, signal });
  return { total: items.length, bad: items.filter(({ status }) => status?.health?.status !== 'Healthy') };
}

/** One line for each NIC that is out, with its node and why; one line when all are well. */
export function deviceFindings({ total, bad }: Devices): Finding[] {
  if (bad.length === 0) {
    const message = total === 0 ? 'there is none' : `all ${total} Healthy`;
    return [{ what: 'CXIDevices', ok: true, message }];
  }
  return firstOf('CXIDevices', bad.map(deviceFinding));
}

function deviceFinding({ metadata, status }: CxiDeviceObject): Finding {
  const { status: health = 'Unknown', reason, message } = status?.health ?? {};
  const why = [reason, message].filter((part) => part !== undefined && part !== '').join(': ');
  return {
    what: `CXIDevice ${metadata?.name ?? ''}`,
    ok: false,
    message: `on node ${status?.node ?? 'unknown'}: ${health}${why === '' ? '' : `, ${why}`}`,
  };
}

function statusOnly({ metadata, status }: CxiDeviceObject): CxiDeviceObject {
  const { node, health } = status ?? {};
  return {
    metadata: { name: metadata?.name ?? '' },
    status: {
      type: 'pf',
      ...(node === undefined ? {} : { node }),
      ...(health === undefined ? {} : { health }),
    },
  };
}
