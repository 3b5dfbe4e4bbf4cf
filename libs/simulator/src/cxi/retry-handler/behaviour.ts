import { readFileSync } from 'node:fs';

/** How a handler double departs from a healthy one. */
export interface HandlerBehaviour {
  /** Takes no notice of SIGTERM and SIGINT. */
  readonly ignoreTerm?: boolean;
  /** Exits 1 this long after each start, without handing the NIC back. */
  readonly crashAfterMs?: number;
  /** Refuses to start with this message. */
  readonly refuse?: string;
}

/** Reads the file the simulated host left for the NIC's handler; none means healthy. */
export function readBehaviour(path: string): HandlerBehaviour {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as HandlerBehaviour;
  } catch {
    return {};
  }
}
