import { isJsonObject, type JsonObject } from './json.ts';
import type { Dialect } from './membership.ts';

/** Settings that 5.0 renamed: section, name in 4.9, name in 5.0. */
export const renamedSettings = [
  ['auth', 'enabled', 'client_auth_required'],
  ['auth', 'cluster_key', 'intra_cluster'],
] as const;

/** Tells from its configuration which release a cluster speaks like; 4.9 if it does not show. */
export function dialectOf(config: JsonObject): Dialect {
  const isNew = renamedSettings.some(([section, , name]) => {
    const settings = config[section];
    return isJsonObject(settings) && settings[name] !== undefined;
  });
  return isNew ? '5.0' : '4.9';
}
