/** What proves who we are and who the server is. All PEM or plain text. */
export interface Credentials {
  /** Certificates that may sign the server's; the system's are used when absent. */
  readonly ca?: string;
  /** Client certificate and its key. */
  readonly cert?: string;
  readonly key?: string;
  /** Bearer token. */
  readonly token?: string;
}

/** Where an API server is and how to be let in. */
export interface KubeConnection {
  /** Base URL such as `https://10.0.0.1:443`, without a trailing slash. */
  readonly server: string;
  /** The namespace this process runs in, if it runs in one. */
  readonly namespace?: string;
  /**
   * Asked before each request, so it should be cheap. With `fresh`, which the
   * client sets after the server answered 401, nothing remembered is used.
   */
  credentials(options?: { readonly fresh?: boolean }): Promise<Credentials>;
}

/** A connection whose credentials never change. */
export function fixedConnection(
  spec: Credentials & { readonly server: string; readonly namespace?: string },
): KubeConnection {
  const { server, namespace, ...credentials } = spec;
  return {
    server: server.replace(/\/+$/, ''),
    ...(namespace === undefined ? {} : { namespace }),
    credentials: () => Promise.resolve(credentials),
  };
}
