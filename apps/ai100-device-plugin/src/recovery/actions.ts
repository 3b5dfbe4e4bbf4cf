import { HwError } from '@rackwright/core';
import { HostRoot } from '@rackwright/host';
import type { HostTools, NvmeCli } from '@rackwright/storage';
import type { RecoveryAction } from './settings.ts';
import type { DriveSituation } from './snapshot.ts';

/** What actions are carried out with. */
export interface ActionTools {
  readonly nvme: Pick<NvmeCli, 'rescan' | 'reset'>;
  readonly tools: Pick<HostTools, 'expect'>;
}

/** A write to sysfs may wait for the drive. */
const deadlineMs = 120_000;

/**
 * Carries out an action on a drive. That it ended well says nothing of the drive,
 * whose health is judged by the next looks.
 *
 * @throws HwError of the tool
 */
export async function perform(
  action: RecoveryAction,
  drive: DriveSituation,
  { nvme, tools }: ActionTools,
  signal: AbortSignal,
): Promise<void> {
  const { controller, pciAddress } = drive;
  if (action === 'Rescan' && controller !== undefined) return nvme.rescan(controller, signal);
  if (action === 'ControllerReset' && controller !== undefined) return nvme.reset(controller, signal);
  if (action === 'PciRescan') return pciRescan(pciAddress, tools, signal);
  throw new HwError('Unsupported', `${action} cannot be done to drive ${drive.serial}`);
}

/**
 * Takes the drive off the bus and has it found anew; without an address it was
 * taken off already. Written by a child, for a write may hang as long as the drive.
 */
async function pciRescan(
  address: string | undefined,
  tools: ActionTools['tools'],
  signal: AbortSignal,
): Promise<void> {
  const host = new HostRoot();
  const options = { input: '1\n', deadlineMs, key: `pci ${address ?? 'bus'}`, signal };
  if (address !== undefined)
    await tools.expect(['tee', host.sys('bus', 'pci', 'devices', address, 'remove')], options);
  await tools.expect(['tee', host.sys('bus', 'pci', 'rescan')], options);
}
