/**
 * Milliseconds since the epoch as a Kubernetes MicroTime: RFC 3339 in UTC with
 * exactly six decimals (meta/v1 RFC3339Micro), which leases and events demand.
 */
export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
