import { errorMessage } from '@rackwright/core';

const SECRET_KEY = /token|secret|passw|authorization|cookie|credential|private[-_]?key|api[-_]?key/i;
/** JSON web tokens, as service account tokens are, and what follows an HTTP auth scheme. */
const SECRET_TEXT = /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*|\b(?:Bearer|Basic)\s+[\w.~+/=-]{8,}/g;
const PEM = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g;
const HIDDEN = '[redacted]';
const MAX_DEPTH = 6;
const MAX_TEXT = 8192;

/**
 * A copy of a log field that JSON can hold and that shows no secret: values
 * under keys that sound like one, tokens inside texts and private keys are
 * replaced; errors become their message, long texts and deep objects are cut.
 */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function' || typeof value === 'symbol') return String(value).slice(0, 64);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return redactText(errorMessage(value));
  if (depth >= MAX_DEPTH) return '[deep]';
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof Map || value instanceof Set) return redact([...value], depth + 1);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  return redactFields(value, depth + 1);
}

/** The same for each property of an object. */
export function redactFields(fields: object, depth = 0): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) {
    const hide = SECRET_KEY.test(key) && value !== undefined && value !== null && typeof value !== 'boolean';
    copy[key] = hide ? HIDDEN : redact(value, depth);
  }
  return copy;
}

/** The text without tokens and private keys, at most 8 KiB of it. */
export function redactText(text: string): string {
  const cut = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}… (${text.length} characters)` : text;
  return cut.replace(SECRET_TEXT, HIDDEN).replace(PEM, HIDDEN);
}
