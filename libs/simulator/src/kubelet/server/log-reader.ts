import { open } from 'node:fs/promises';
import type { Clock } from '@rackwright/core';

/** Which part of a log is asked for (core/v1 PodLogOptions). */
export interface LogOptions {
  readonly follow: boolean;
  readonly timestamps: boolean;
  readonly tailLines?: number;
  readonly limitBytes?: number;
  /** Only lines from this time on, milliseconds since the epoch. */
  readonly since?: number;
}

const pollMs = 100;

/**
 * The text of a CRI log file as `kubectl logs` shows it. With `follow` it goes
 * on until `ended` says that nothing comes any more.
 */
export async function* readLog(
  file: string,
  options: LogOptions,
  clock: Clock,
  ended: () => boolean,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const handle = await open(file, 'r');
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
  const cut = (text: string): string => {
    const part = Buffer.from(text).subarray(0, left).toString('utf8');
    left -= Buffer.byteLength(part);
    return part;
  };
  try {
    let rest = '';
    let first = true;
    while (!signal.aborted && left > 0) {
      const last = ended();
      const chunk = await handle.readFile('utf8');
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      const wanted = lines.filter((line) => isWanted(line, options));
      const shown = first && options.tailLines !== undefined ? tail(wanted, options.tailLines) : wanted;
      first = false;
      const text = shown.map((line) => render(line, options.timestamps)).join('');
      if (text !== '') yield cut(text);
      if (!options.follow || last) return;
      await clock.sleep(pollMs, signal).catch(() => undefined);
    }
  } finally {
    await handle.close();
  }
}

function tail(lines: readonly string[], count: number): readonly string[] {
  return count <= 0 ? [] : lines.slice(-count);
}

function isWanted(line: string, { since }: LogOptions): boolean {
  return since === undefined || Date.parse(line.slice(0, line.indexOf(' '))) >= since;
}

/** A CRI line as people read it; a part of a line has no line end. */
function render(line: string, timestamps: boolean): string {
  const [time = '', , tag, ...words] = line.split(' ');
  const text = words.join(' ');
  return (timestamps ? `${time} ${text}` : text) + (tag === 'P' ? '' : '\n');
}
