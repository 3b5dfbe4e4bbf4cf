import type { Latest } from '@rackwright/core';
import type { DevicePluginServer, KnownAssignments } from '@rackwright/kubelet';
import type { CheckResult, HealthChecks } from '@rackwright/service';

/** What the plugin's own health is told from. */
export interface CheckParts {
  readonly server: DevicePluginServer;
  readonly scanned: Latest<boolean>;
  /** Absent in the mode without CDI. */
  readonly cdi?: { readonly failure: Latest<string | undefined> };
  /** Absent where assignments do not matter. */
  readonly assignments?: Latest<KnownAssignments>;
}

/** Ready: the kubelet knows every resource and NICs can be allocated. Alive: our own socket answers. */
export function addChecks(health: HealthChecks, parts: CheckParts): void {
  const { server, scanned, cdi, assignments } = parts;
  const result = (problem: string | undefined): CheckResult =>
    problem === undefined ? { ok: true } : { ok: false, message: problem };
  health.addReadiness('scanned', () => result(scanned.value ? undefined : 'the host was not scanned yet'));
  health.addReadiness('registered', () => {
    const missing = server.missing();
    return result(missing.length === 0 ? undefined : missing.join('; '));
  });
  if (cdi !== undefined) health.addReadiness('cdi', () => result(cdi.failure.value));
  if (assignments !== undefined) health.addReadiness('assignments', () => result(assignments.value.unknown));
  health.addLiveness('own-socket', async () => {
    await server.probe();
    return { ok: true };
  });
}
