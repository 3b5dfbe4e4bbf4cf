/** What a client proves itself with, all PEM or plain text. */
export interface Credentials {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly token?: string;
}

/** Where an API server is and as whom to speak to it. */
export interface KubeConnection {
  readonly server: string;
  readonly namespace?: string;
  credentials(): Promise<{ ca?: string; cert?: string; key?: string; token?: string }>;
}
