import type { Latest } from '@rackwright/core';
import type { DevicePluginServer } from '@rackwright/kubelet';
import type { HealthChecks } from '@rackwright/service';

/** What the plugin's own health is told from. */
export interface CheckParts {
  readonly server: DevicePluginServer;
  readonly looked: Latest<boolean>;
  /** Whether there is anything to register: a node without a cache has no resource. */
  readonly hasUnits: () => boolean;
}

/** Ready: the node was looked at, and what there is is registered. Alive: our own socket answers. */
export function addChecks(health: HealthChecks, { server, looked, hasUnits }: CheckParts): void {
  health.addReadiness('looked', () =>
    looked.value ? { ok: true } : { ok: false, message: 'the node was not looked at yet' },
  );
  health.addReadiness('registered', () => {
    const missing = hasUnits() ? server.missing() : [];
    return missing.length === 0 ? { ok: true } : { ok: false, message: missing.join('; ') };
  });
  health.addLiveness('own-socket', async () => {
    if (hasUnits()) await server.probe();
    return { ok: true };
  });
}
