/// <reference path="./external.d.ts" />
import type { Clock, LogFields, Logger } from '@rackwright/core';
import type { Logger as Winston } from 'winston';
// Without the transports of winston's index: 1 MiB less in every process.
import createWinston from 'winston/lib/winston/create-logger.js';
import Transport from 'winston-transport';
import { redactFields, redactText } from './redact.ts';

/** From the least to the most talkative. */
export const logLevels = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LoggerOptions {
  /** Name of the app, on every line. */
  readonly app: string;
  /** Lines less important than this are dropped. Default info. */
  readonly level?: LogLevel;
  readonly clock: Clock;
  /** Receives each line, newline included. */
  readonly write: (line: string) => unknown;
}

/**
 * A logger that writes one JSON object per line: `ts` (RFC 3339, UTC),
 * `level`, `msg`, `app`, then the line's own fields, secrets removed. A field
 * that would take one of these four names gets an underscore before it.
 */
export function createLogger(options: LoggerOptions): Logger {
  const levels = Object.fromEntries(logLevels.map((level, rank) => [level, rank]));
  const level = options.level ?? 'info';
  const winston = createWinston({
    levels,
    level,
    format: { transform: (info) => info },
    transports: [new LineTransport(options)],
    exitOnError: false,
  });
  return new AppLogger(winston, {});
}

const reserved: ReadonlySet<string> = new Set(['ts', 'level', 'msg', 'app']);

/** Writes what winston hands on as one JSON line. */
class LineTransport extends Transport {
  readonly #options: LoggerOptions;

  constructor(options: LoggerOptions) {
    super();
    this.#options = options;
  }

  override log(entry: { level: string; message: string; fields: LogFields }, next: () => void): void {
    const line: Record<string, unknown> = {
      ts: new Date(this.#options.clock.now()).toISOString(),
      level: entry.level,
      msg: redactText(entry.message),
      app: this.#options.app,
    };
    for (const [key, value] of Object.entries(redactFields(entry.fields))) {
      line[reserved.has(key) ? `_${key}` : key] = value;
    }
    this.#options.write(`${JSON.stringify(line)}\n`);
    next();
  }
}

class AppLogger implements Logger {
  readonly #winston: Winston;
  readonly #fields: LogFields;

  constructor(winston: Winston, fields: LogFields) {
    this.#winston = winston;
    this.#fields = fields;
  }

  debug(message: string, fields?: LogFields): void {
    this.#log('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#log('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#log('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#log('error', message, fields);
  }

  child(fields: LogFields): Logger {
    return new AppLogger(this.#winston, { ...this.#fields, ...fields });
  }

  #log(level: LogLevel, message: string, fields: LogFields | undefined): void {
    this.#winston.log({ level, message, fields: { ...this.#fields, ...fields } });
  }
}
