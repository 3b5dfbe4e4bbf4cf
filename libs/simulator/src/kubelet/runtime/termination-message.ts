import { readFile } from 'node:fs/promises';

/** The kubelet's limits for a termination message. */
const maxBytes = 4096;
const maxLogBytes = 2048;
const maxLogLines = 80;

/** Where a container leaves its last words. */
export interface TerminationMessageSpec {
  /** The file, as this process sees it. */
  readonly file: string;
  /** Take the end of the log when the file is empty and the container failed. */
  readonly fallbackToLogs: boolean;
}

/** The container's termination message, or undefined if it left none. */
export async function terminationMessage(
  spec: TerminationMessageSpec,
  logFile: string,
  exitCode: number,
): Promise<string | undefined> {
  const text = await readFile(spec.file, 'utf8').catch(() => '');
  if (text !== '') return text.slice(0, maxBytes);
  if (!spec.fallbackToLogs || exitCode === 0) return undefined;
  const log = await readFile(logFile, 'utf8').catch(() => '');
  const lines = log.trimEnd().split('\n').slice(-maxLogLines).map(logText);
  return lines.join('\n').slice(-maxLogBytes) || undefined;
}

/** A line of a CRI log without time, stream and tag. */
function logText(line: string): string {
  return line.split(' ').slice(3).join(' ');
}
