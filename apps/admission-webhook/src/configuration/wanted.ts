import type { Webhook } from '@rackwright/kube';

/**
 * Whether an entry is what is wanted, apart from what is trusted. Fields that
 * the API server fills in, or others add, do not count.
 */
export function isAsWanted(entry: Webhook, wanted: Webhook): boolean {
  return includes(withoutTrust(entry), withoutTrust(wanted));
}

function withoutTrust({ clientConfig: { caBundle: _, ...clientConfig }, ...webhook }: Webhook): object {
  return { ...webhook, clientConfig };
}

/** Whether everything wanted is in a value, which may have more. */
export function includes(value: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return value === wanted;
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(wanted)) {
    if (!Array.isArray(value) || value.length !== wanted.length) return false;
    return wanted.every((item, i) => includes(value[i], item));
  }
  return Object.entries(wanted).every(([key, item]) =>
    includes((value as Record<string, unknown>)[key], item),
  );
}
