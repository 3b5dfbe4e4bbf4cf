/**
 * Whether what Helm says tells a user which value is wrong: the schema's word on
 * a value, a sentence of a template, or Helm's own on the name of the release.
 * An error of the template language, or manifests that are no YAML, tell nothing.
 */
export function namesTheValue(error: string): boolean {
  return (
    /^values don't meet the specifications of the schema/.test(error) ||
    /^execution error at \([^)]+\): [A-Za-z][\w.-]* ?.*: /s.test(error) ||
    /^execution error at \([^)]+\): \S+ and \S+ are both /.test(error) ||
    /^execution error at \([^)]+\): \S+ and \S+ would both make /.test(error) ||
    /^(type mismatch on \S+|release name|invalid release name)/.test(error)
  );
}
