import type { Logger } from '@rackwright/core';

/** How many different warnings are remembered so as not to repeat them. */
const remembered = 64;

/**
 * Logs what the API server says in Warning headers (RFC 7234 §5.5), such as an
 * unknown field or a deprecated version. Each text once.
 */
export class WarningLog {
  readonly #logger: Logger;
  readonly #seen = new Set<string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  note(header: string | undefined): void {
    if (header === undefined) return;
    for (const warning of parseWarnings(header)) {
      if (this.#seen.has(warning)) continue;
      if (this.#seen.size >= remembered) this.#seen.clear();
      this.#seen.add(warning);
      this.#logger.warn('the API server warns', { warning });
    }
  }
}

/** The texts in a Warning header: `299 - "text"`, several separated by commas. */
export function parseWarnings(header: string): string[] {
  const texts: string[] = [];
  for (const [, text] of header.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)) {
    if (text !== undefined) texts.push(text.replace(/\\(.)/g, '$1'));
  }
  return texts;
}
