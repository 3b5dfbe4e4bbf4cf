/** What stands in a log for the value of a secret. */
const HIDDEN = '***';

/**
 * A message as it may be logged: the values of `secrets` are left out, sizes are
 * text (JSON has no bigint), and so is a moment.
 */
export function withoutSecrets(message: unknown): unknown {
  if (typeof message === 'bigint') return message.toString();
  if (Array.isArray(message)) return message.map(withoutSecrets);
  if (message instanceof Date) return message.toJSON();
  if (typeof message !== 'object' || message === null) return message;
  const shown = Object.entries(message).map(([key, value]): [string, unknown] => [
    key,
    key === 'secrets' ? hidden(value) : withoutSecrets(value),
  ]);
  return Object.fromEntries(shown);
}

/** Which secrets there were is no secret. */
function hidden(secrets: unknown): unknown {
  if (typeof secrets !== 'object' || secrets === null) return HIDDEN;
  return Object.fromEntries(Object.keys(secrets).map((key) => [key, HIDDEN]));
}
