/**
 * Which names the kubelet and the API server take for an extended resource
 * (k8s.io/kubernetes pkg/apis/core/v1/helper IsExtendedResourceName): the name
 * with `requests.` before it, as quotas write it, must still be a qualified
 * name, so the domain has at most 253 - 9 characters. Regular expressions that
 * JavaScript and RE2 (CEL, Helm's schemas) read alike.
 */
export const extendedResourceName = {
  /** `domain/name`. */
  form: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*/[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$',
  /** The length of the domain. */
  domain: '^[^/]{1,244}/',
  /** Names that Kubernetes keeps for itself: those of quotas and of its own resources. */
  reserved: '^requests[.]|kubernetes[.]io/',
  /** The longest name there can be. */
  maxLength: 244 + 1 + 63,
} as const;

const form = new RegExp(extendedResourceName.form);
const domain = new RegExp(extendedResourceName.domain);
const reserved = new RegExp(extendedResourceName.reserved);

/** Whether pods can ask for `name` in their resources and the kubelet takes a device plugin for it. */
export function isExtendedResourceName(name: string): boolean {
  return domain.test(name) && form.test(name) && !reserved.test(name);
}
