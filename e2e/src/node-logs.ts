/** When containerd said that it had started container `id`, milliseconds since the epoch. */
export function startedAt(log: string, id: string): number | undefined {
  const line = log
    .split('\n')
    .find((text) => text.includes(`StartContainer for \\"${id}\\" returns successfully`));
  const time = line === undefined ? undefined : /time="([^"]+)"/.exec(line)?.[1];
  return time === undefined ? undefined : Date.parse(time);
}

/** When a kubelet first said that pod `namespace/name` is ready, milliseconds since the epoch; of this year, and in UTC, which the environment sees to. */
export function readyAt(log: string, pod: string): number | undefined {
  const line = log
    .split('\n')
    .find((text) => text.includes('probe="readiness" status="ready"') && text.includes(`pod="${pod}"`));
  const match = line === undefined ? null : /^I(\d\d)(\d\d) (\d\d:\d\d:\d\d\.\d+)/.exec(line);
  if (match === null) return undefined;
  const [, month, day, time] = match;
  return Date.parse(`${new Date().getUTCFullYear()}-${month}-${day}T${time}Z`);
}
