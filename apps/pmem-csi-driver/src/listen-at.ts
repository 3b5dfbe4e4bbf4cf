/** Where to listen. */
export interface ListenAt {
  readonly port: number;
  /** Absent for every address. */
  readonly address?: string;
}

/** `host:port` or `:port`, as Go programs are told; undefined for an empty text. */
export function listenAt(text: string): ListenAt | undefined {
  if (text === '') return undefined;
  const at = text.lastIndexOf(':');
  const address = text.slice(0, at).replace(/^\[|\]$/g, '');
  return { port: Number(text.slice(at + 1)), ...(address !== '' && { address }) };
}
