// Labels and taints share the form of keys and values (k8s.io/apimachinery pkg/util/validation).

const name = '[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?';
const domain = '[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*';
const maxDomainLength = 253;

/** Regular expression of a label's or taint's key, without anchors; the length of its domain is not in it. */
export const labelKey = `(${domain}/)?${name}`;

/** Regular expression of a label's or taint's value. */
export const labelValuePattern = `^(|${name})$`;

/** Whether a node can have a label of this key. */
export function isLabelKey(key: string): boolean {
  return new RegExp(`^${labelKey}$`).test(key) && key.lastIndexOf('/') <= maxDomainLength;
}
