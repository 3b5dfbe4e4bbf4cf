const segment = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const domain = new RegExp(`^${segment}(\\.${segment})*$`);
const local = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

/**
 * Whether a name may be an extended resource: a qualified name outside
 * kubernetes.io whose quota form `requests.<name>` is also valid
 * (k8s.io/kubernetes pkg/apis/core/v1/helper).
 */
export function isExtendedResource(name: string): boolean {
  const slash = name.indexOf('/');
  if (slash < 0 || name.startsWith('requests.')) return false;
  const prefix = name.slice(0, slash);
  const rest = name.slice(slash + 1);
  if (prefix === 'kubernetes.io' || prefix.endsWith('.kubernetes.io') || name.includes('kubernetes.io/')) {
    return false;
  }
  return `requests.${prefix}`.length <= 253 && domain.test(prefix) && rest.length <= 63 && local.test(rest);
}
