import { expect, test } from '@jest/globals';
import { readyAt, startedAt } from './node-logs.ts';

test('the runtime says when a container started, the kubelet when its pod was ready', () => {
  const runtime = String.raw`time="2026-11-26T06:38:17.9Z" level=info msg="StartContainer for \"a2c5\""
time="2026-11-26T06:38:18.136924267Z" level=info msg="StartContainer for \"a2c5\" returns successfully"`;
  expect(startedAt(runtime, 'a2c5')).toBe(Date.parse('2026-11-26T06:38:18.136Z'));
  expect(startedAt(runtime, 'other')).toBeUndefined();
  const kubelet =
    'I1126 06:38:28.305187    5604 kubelet.go:2826] "SyncLoop (probe)" probe="readiness" status="ready" pod="ns/one"';
  const year = new Date().getUTCFullYear();
  expect(readyAt(kubelet, 'ns/one')).toBe(Date.parse(`${year}-11-26T06:38:28.305Z`));
  expect(readyAt(kubelet, 'ns/two')).toBeUndefined();
});
