import { randomUUID } from 'node:crypto';
import type { Clock } from '@rackwright/core';
import { ignoreNotFound, type KubeClient, resources } from '@rackwright/kube';
import { waitUntil } from '../wait-until.ts';
import type { AuditEvent } from './audit-event.ts';
import { type AuditLogOptions, readAuditLog } from './audit-log.ts';

/**
 * Reads the audit log of a running API server after it has caught up: an
 * answer can arrive before its line is written, so a request of our own is
 * sent, and waited for in the log.
 *
 * @throws HwError DeadlineExceeded when it does not show within 10 s
 */
export async function readSettledAuditLog(
  path: string,
  client: KubeClient,
  clock: Clock,
  options: AuditLogOptions = {},
): Promise<AuditEvent[]> {
  const marker = `audit-marker-${randomUUID()}`;
  await ignoreNotFound(client.get(resources.namespaces, { name: marker }));
  await waitUntil(
    'the audit log to catch up',
    async () => (await readAuditLog(path)).some((event) => event.name === marker),
    { clock, deadlineMs: 10_000 },
  );
  return readAuditLog(path, options);
}
