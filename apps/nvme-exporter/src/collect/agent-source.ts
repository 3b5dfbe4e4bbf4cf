import { errorMessage } from '@rackwright/core';
import {
  type AgentDevice,
  type AgentSnapshot,
  agentSnapshotFile,
  parseAgentSnapshot,
  parseSmartJson,
} from '@rackwright/hardware-nvme';
import type { HostReader } from '@rackwright/host';
import type { DriveAnswer } from './collection.ts';

/** A snapshot older than so many of its polls says nothing any more. */
const freshPolls = 2;
/** A log older than so many polls is not shown: no frozen values. */
const shownPolls = 3;

/** What the device plugin left, or why it says nothing. */
export type AgentWords =
  | { readonly kind: 'fresh'; readonly snapshot: AgentSnapshot }
  | { readonly kind: 'silent'; readonly reason: string };

/** Reads what the device plugin of the node left. Does not throw. */
export function readAgent(files: HostReader, nowMs: number): AgentWords {
  try {
    const text = files.readText(agentSnapshotFile);
    if (text === undefined) return { kind: 'silent', reason: `${agentSnapshotFile} is missing` };
    const parsed = parseAgentSnapshot(text);
    if (!parsed.ok) return { kind: 'silent', reason: `${agentSnapshotFile}: ${errorMessage(parsed.error)}` };
    const { time, pollSeconds } = parsed.value;
    const ageMs = nowMs - Date.parse(time);
    if (ageMs >= freshPolls * pollSeconds * 1000)
      return { kind: 'silent', reason: `${agentSnapshotFile} is ${Math.round(ageMs / 1000)} s old` };
    return { kind: 'fresh', snapshot: parsed.value };
  } catch (error) {
    return { kind: 'silent', reason: errorMessage(error) };
  }
}

/** What a drive said to the device plugin. */
export function answerOfAgent(device: AgentDevice, pollSeconds: number, nowMs: number): DriveAnswer {
  const { smart, thresholds, error } = device;
  const failure = error && {
    source: 'smart' as const,
    message: error.message,
    sinceMs: Date.parse(error.since),
  };
  const rest = { ...(thresholds !== undefined && { thresholds }), ...(failure && { error: failure }) };
  if (smart === undefined) return { up: false, ...rest };
  const atMs = Date.parse(smart.time);
  const attempt = { seconds: 0, atMs };
  if (nowMs - atMs > shownPolls * pollSeconds * 1000) return { up: false, attempt, ...rest };
  try {
    return { up: error === undefined, smart: { log: parseSmartJson(smart.json), atMs }, attempt, ...rest };
  } catch (cause) {
    const nonsense = { source: 'smart' as const, message: errorMessage(cause), sinceMs: atMs };
    return { up: false, attempt, ...rest, error: failure ?? nonsense };
  }
}
