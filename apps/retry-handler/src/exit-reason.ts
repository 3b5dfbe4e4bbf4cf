import { hugePagesRemedy } from './huge-pages.ts';
import type { Exit } from './model.ts';

/** How nsenter ends if the program it is to run is not there. */
const NOT_THERE = 127;

/**
 * Why a handler ended, in words.
 *
 * @param lastLine what it wrote last, empty if unknown
 */
export function exitReason({ code, signal }: Exit, lastLine: string): string {
  const last = lastLine === '' ? '' : `: ${lastLine}`;
  const reason = `ended with ${signal ?? code ?? 'unknown'}${last}`;
  if (signal === 'SIGBUS') return `${reason}; if it may not use the node's huge pages, ${hugePagesRemedy}`;
  if (code === NOT_THERE && lastLine.startsWith('nsenter:')) {
    return `${reason}; install libcxi-retry-handler on the node or name its place with --cxi-rh-path`;
  }
  return reason;
}
