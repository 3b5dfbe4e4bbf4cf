import * as z from 'zod';
import { described, int64, text } from '../schema/fields.ts';

// Fields of AIStore's cluster configuration. What is left out stays as AIStore has it.

/** Go's time.ParseDuration, without a sign. */
const goDurationPattern = '^(0|(([0-9]+([.][0-9]*)?|[.][0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$';
const sizePattern = /^[0-9]+([.][0-9]+)? ?([kKmMgGtT][iI]?)?[bB]?$/;

export function section<S extends z.ZodRawShape>(shape: S, description: string) {
  return described(z.object(shape).optional(), description);
}

/** A duration, perhaps left out. */
export function duration(description: string) {
  const schema = text(64).regex(new RegExp(goDurationPattern)).optional();
  return described(schema, `${description} A duration such as 10s or 1h30m.`);
}

export function bytes(description: string) {
  return described(text(32).regex(sizePattern).optional(), `${description} A size such as 64KiB or 1GiB.`);
}

export function count(description: string, max: number = Number.MAX_SAFE_INTEGER) {
  return described(int64(Number.MIN_SAFE_INTEGER, max).optional(), description);
}

/** From 0 to 100. */
export function percent(description: string) {
  return described(int64(0, 100).optional(), `${description} In percent.`);
}

export function flag(description: string) {
  return described(z.boolean().optional(), description);
}

export function word(description: string) {
  return described(text().optional(), description);
}

export function words(description: string) {
  return described(z.array(text()).max(256).optional(), description);
}

/** How a job moves data between targets: the same fields in several sections. */
export const transfer = {
  compression: word('Whether data is compressed on its way: always or never.'),
  bundle_multiplier: count('Streams to each other target.'),
  burst_buffer: count('Requests that wait in a queue before the sender has to.'),
};
