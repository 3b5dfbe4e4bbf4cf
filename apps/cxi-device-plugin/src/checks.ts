import type { Latest } from '@rackwright/core';
import type { DevicePluginServer } from '@rackwright/kubelet';
import type { CheckResult, HealthChecks } from '@rackwright/service';
import type { Custody } from './offer.ts';

/** What the plugin's health is judged by. */
export interface CheckParts {
  readonly server: DevicePluginServer;
  readonly scanned: Latest<boolean>;
  /** Absent in the mode without CDI. */
  readonly cdi?: { readonly failure: Latest<string | undefined> };
  /** Absent where it does not matter who holds what. */
  readonly custody?: Latest<Custody>;
}

/** Ready: the kubelet knows every resource and NICs can be handed out. Alive: our own socket answers. */
export function addChecks(health: HealthChecks, parts: CheckParts): void {
  const { server, scanned, cdi, custody } = parts;
  const result = (problem: string | undefined): CheckResult =>
    problem === undefined ? { ok: true } : { ok: false, message: problem };
  health.addReadiness('scanned', () => result(scanned.value ? undefined : 'the host was not scanned yet'));
  health.addReadiness('registered', () => {
    const missing = server.missing();
    return result(missing.length === 0 ? undefined : missing.join('; '));
  });
  if (cdi !== undefined) health.addReadiness('cdi', () => result(cdi.failure.value));
  if (custody !== undefined) health.addReadiness('custody', () => result(custody.value.unknown));
  health.addLiveness('own-socket', async () => {
    await server.probe();
    return { ok: true };
  });
}
