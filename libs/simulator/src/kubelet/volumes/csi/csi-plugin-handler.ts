import { HwError } from '@rackwright/core';
import { csi } from '@rackwright/csi';
import { HostFiles, type HostRoot } from '@rackwright/host';
import type { Plugin, PluginHandler } from '../../plugins/plugin-handler.ts';
import { type CsiDriver, type CsiDrivers, csiTimeoutMs } from './csi-drivers.ts';
import type { CsiNodeInfo } from './csi-node-info.ts';

/** The type by which CSI drivers register. */
export const csiPluginType = 'CSIPlugin';

/** Takes CSI drivers, and shows them in the CSINode object (pkg/volume/csi, RegistrationHandler). */
export class CsiPluginHandler implements PluginHandler {
  readonly #host: HostRoot;
  readonly #drivers: CsiDrivers;
  readonly #info: CsiNodeInfo;

  constructor(options: {
    readonly host: HostRoot;
    readonly drivers: CsiDrivers;
    readonly info: CsiNodeInfo;
  }) {
    this.#host = options.host;
    this.#drivers = options.drivers;
    this.#info = options.info;
  }

  validate(plugin: Plugin): void {
    this.#newVersion(plugin);
  }

  async register(plugin: Plugin, signal: AbortSignal): Promise<void> {
    const { name, endpoint } = plugin;
    const version = this.#newVersion(plugin);
    const real = new HostFiles(this.#host).resolve(endpoint) ?? endpoint;
    const { client } = this.#drivers.set(name, this.#host.path(real), version);
    try {
      const options = { timeoutMs: csiTimeoutMs, signal };
      const found = await client.call(csi.NodeService.nodeGetInfo, {}, options);
      await this.#info.install(name, found);
    } catch (error) {
      await this.deregister(plugin);
      throw error;
    }
  }

  async deregister({ name }: Plugin): Promise<void> {
    this.#drivers.delete(name);
    await this.#info.uninstall(name);
  }

  #newVersion({ name, versions }: Plugin): CsiDriver['version'] {
    const version = highestVersion(versions);
    if (version === undefined) {
      const list = versions.join(' ');
      throw new HwError(
        'InvalidArgument',
        `None of the versions specified [${list}] of CSI driver ${name} are supported`,
      );
    }
    const known = this.#drivers.find(name)?.version;
    if (known !== undefined && !isLess(known, version)) {
      throw new HwError(
        'AlreadyExists',
        `Another driver with the same name is already registered with a higher supported version: "${known.join('.')}.0"`,
      );
    }
    return version;
  }
}

/** The highest version of CSI 1 in a list. */
export function highestVersion(versions: readonly string[]): CsiDriver['version'] | undefined {
  const known = versions.flatMap((text): CsiDriver['version'][] => {
    const match = /^v?(\d+)\.(\d+)(\.\d+)?$/.exec(text);
    return match?.[1] === '1' ? [[1, Number(match[2])]] : [];
  });
  return known.reduce<CsiDriver['version'] | undefined>(
    (best, one) => (best === undefined || isLess(best, one) ? one : best),
    undefined,
  );
}

function isLess(a: CsiDriver['version'], b: CsiDriver['version']): boolean {
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
}
