import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type AuditEvent, parseAuditEvent } from './audit-event.ts';

/** Which events of a log are wanted. */
export interface AuditLogOptions {
  /** Users to keep; default everybody. */
  readonly user?: (name: string) => boolean;
}

/** Reads an audit log as far as it is written. A missing file is an error. */
export async function readAuditLog(path: string, options: AuditLogOptions = {}): Promise<AuditEvent[]> {
  const events: AuditEvent[] = [];
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
  for await (const line of lines) {
    const event = parseAuditEvent(line);
    if (event !== undefined && (options.user?.(event.user) ?? true)) events.push(event);
  }
  return events;
}

/** The user name of a ServiceAccount, as audit logs and RBAC know it. */
export function serviceAccountUser(key: { readonly namespace: string; readonly name: string }): string {
  return `system:serviceaccount:${key.namespace}:${key.name}`;
}
