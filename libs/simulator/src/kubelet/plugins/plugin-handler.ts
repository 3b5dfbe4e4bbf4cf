/** Who uses plugins of one type. */
export interface PluginHandler {
  /** @throws for a plugin that cannot be used; it is told why */
  validate(plugin: Plugin): void;
  /** @throws when the plugin cannot be taken; it is told why */
  register(plugin: Plugin, signal: AbortSignal): Promise<void>;
  deregister(plugin: Plugin): Promise<void>;
}

/** What a plugin says of itself. */
export interface Plugin {
  readonly name: string;
  /** Socket of its service, as a path of the node. */
  readonly endpoint: string;
  readonly versions: readonly string[];
}

/** Handlers by the type plugins give, for instance `CSIPlugin`. */
export type PluginHandlers = ReadonlyMap<string, PluginHandler>;
