/** Where a gRPC server listens, from bind to close. */
export interface Listener {
  /** Where clients connect: the path of a socket, or `tcp://host:port`. */
  readonly address: string;
  /** Whether clients that connect there reach this server. */
  readonly stands: boolean;
  /** No new client comes. */
  remove(): void;
  /** Resolves once no client is connected. */
  ended(signal: AbortSignal): Promise<void>;
  /** Accepts no more and ends every connection. */
  close(): void;
}
