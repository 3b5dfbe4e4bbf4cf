import { formatTarget } from './access.ts';
import type { AuditEvent } from './audit-event.ts';

/** A kind of request that was refused with "forbidden". */
export interface DeniedRequest {
  readonly user: string;
  readonly verb: string;
  /** As `formatTarget` writes it. */
  readonly target: string;
  readonly namespace?: string;
  readonly name?: string;
  /** Authorization (RBAC, Node) said no, or something after it: admission, a quota, an RBAC escalation check. */
  readonly by: 'authorization' | 'admission';
  readonly message: string;
  /** How often it was tried. */
  readonly count: number;
}

/** Every request that was refused with "forbidden", equal ones counted together, first seen first. */
export function deniedRequests(events: Iterable<AuditEvent>): DeniedRequest[] {
  const denied = new Map<string, DeniedRequest>();
  const seen = new Set<string>();
  for (const event of events) {
    if (event.authorized && event.code !== 403) continue;
    // A request shows once per stage.
    if (seen.has(event.id)) continue;
    seen.add(event.id);
    const request = describe(event);
    const { message: _, count: __, ...identity } = request;
    const key = JSON.stringify(identity);
    denied.set(key, { ...request, count: (denied.get(key)?.count ?? 0) + 1 });
  }
  return [...denied.values()];
}

/** One line for a test's failure message. */
export function formatDenied(request: DeniedRequest): string {
  const { user, verb, target, namespace, name, by, count } = request;
  const object = [namespace, name].filter((part) => part !== undefined).join('/');
  return `${user}: ${verb} ${target}${object === '' ? '' : ` ${object}`} refused by ${by}, ${count} times: ${request.message}`;
}

function describe(event: AuditEvent): DeniedRequest {
  const { user, verb, namespace, name } = event;
  return {
    user,
    verb,
    target: formatTarget(event),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    by: event.authorized ? 'admission' : 'authorization',
    message: event.message ?? '',
    count: 1,
  };
}
