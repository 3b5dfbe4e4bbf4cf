/**
 * Whether CXI service 1, the default one, is enabled, from the text of debugfs
 * `cxi/cxiN/services` (shs-cxi-driver cass_ss1_debugfs.c): a block begins with
 * `ID: <number>` and holds a line `State:Enabled` or `State:Disabled`.
 * Undefined for text without that block.
 */
export function defaultServiceEnabled(text: string): boolean | undefined {
  const start = /^ID: 1$/m.exec(text);
  if (start === null) return undefined;
  const rest = text.slice(start.index + start[0].length);
  const block = rest.slice(0, /^ID: /m.exec(rest)?.index ?? rest.length);
  const state = /^\s*State:\s*(Enabled|Disabled)\s*$/m.exec(block)?.[1];
  return state === undefined ? undefined : state === 'Enabled';
}
