/** What of the operator's flags the controller of clusters uses. */
export interface AisSettings {
  /** Domain of the names of Services. */
  readonly clusterDomain: string;
  /** Certificates of clusters are not checked unless their object says otherwise. */
  readonly skipVerify: boolean;
  /** Image of what cleans folders of nodes when a cluster is deleted. */
  readonly cleanupHelperImage: string;
  /** Between two looks at a cluster that is ready, in milliseconds. */
  readonly steadyLookMs: number;
  /**
   * Variables that name a proxy to clusters. Those of the process alone do not: a proxy to the
   * internet knows no Services. Node's own NODE_USE_ENV_PROXY=1 says that they are meant.
   */
  readonly proxyEnv?: NodeJS.ProcessEnv | undefined;
}
