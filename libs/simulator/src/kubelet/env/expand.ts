/**
 * Replaces `$(NAME)` by the variable's value; `$$` stands for one `$`, and a
 * name that is not defined is left as it is written
 * (k8s.io/kubernetes third_party/forked/golang/expansion).
 */
export function expand(text: string, lookup: (name: string) => string | undefined): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (match, name: string | undefined) => {
    if (match === '$$') return '$';
    return lookup(name ?? '') ?? match;
  });
}
