import type { CxiDevice } from '@rackwright/hardware-cxi';
import { driverAgent } from '@rackwright/keys';

export type DriverSource = 'preinstalled' | 'dkms' | 'prebuilt';

/** What is known of a node's kernel driver. */
export interface DriverState {
  readonly ready: boolean;
  /** One CamelCase word, see libs/keys. */
  readonly reason: string;
  /** One sentence for people. */
  readonly message: string;
}

/** What the host shows of its driver. */
export interface DriverFacts {
  readonly source: DriverSource;
  readonly modules: ReadonlySet<string>;
  /** Whether the driver's class folder exists. */
  readonly classPresent: boolean;
  readonly devices: readonly CxiDevice[];
  /** How many Slingshot NICs sit on the PCI bus; absent when the bus was not looked at. */
  readonly nicsOnBus?: number;
}

/** The module that drives the NICs and the one that makes their device nodes. */
const requiredModules = ['cxi_ss1', 'cxi_user'] as const;

const { driverReason } = driverAgent;
type Guard = (facts: DriverFacts) => DriverState | undefined;

/** Asked in order; the first that has something to say decides. */
const guards: readonly Guard[] = [
  ({ source }) =>
    source === 'preinstalled'
      ? undefined
      : refusal(
          driverReason.sourceUnsupported,
          `driver source ${source} is not served yet: installing drivers comes with a later release; ` +
            'install the driver on the host and use preinstalled',
        ),
  // A node without a NIC needs no driver, and must not hold up a rollout.
  ({ nicsOnBus, devices }) =>
    nicsOnBus === 0 && devices.length === 0
      ? { ready: true, reason: driverReason.noNic, message: 'this node has no Slingshot NIC' }
      : undefined,
  ({ modules }) => {
    const missing = requiredModules.filter((module) => !modules.has(module));
    if (missing.length === 0) return undefined;
    return refusal(driverReason.moduleMissing, `kernel modules not loaded: ${missing.join(', ')}`);
  },
  ({ classPresent }) =>
    classPresent ? undefined : refusal(driverReason.classMissing, 'the driver shows no device class'),
  ({ devices }) => {
    const broken = devices.filter(({ kind, devNode, pciEnabled }) => {
      return kind === 'pf' && (!devNode.present || pciEnabled === false);
    });
    if (broken.length === 0) return undefined;
    const names = broken.map((device) => device.name).join(', ');
    return refusal(driverReason.nicNotReady, `NICs without a device node or disabled on PCI: ${names}`);
  },
];

/** Evaluates the driver of a node. Links and fabric are not the driver's: they are each device's health. */
export function verifyDriver(facts: DriverFacts): DriverState {
  for (const guard of guards) {
    const found = guard(facts);
    if (found !== undefined) return found;
  }
  return {
    ready: true,
    reason: driverReason.ready,
    message: `${requiredModules.join(' and ')} are loaded, ${facts.devices.length} devices found`,
  };
}

function refusal(reason: string, message: string): DriverState {
  return { ready: false, reason, message };
}
