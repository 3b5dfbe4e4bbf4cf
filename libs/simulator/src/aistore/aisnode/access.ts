import { ApiError, type Call } from '../process/call.ts';
import { verifiedClaims } from '../process/token.ts';
import { isOn } from './config.ts';
import type { NodeContext } from './node-context.ts';

/** Paths that are open to everybody. */
const open = new Set(['health']);

/**
 * Where the configuration asks for it, a proxy lets in only who brings a token of AuthN's; what
 * concerns the whole cluster takes an administrator's. Targets see who a proxy sent.
 *
 * @throws ApiError 401 or 403
 */
export function checkAccess(node: NodeContext, call: Call, key: string): void {
  const isNeeded = isOn(node.state.current.config.value, 'auth', 'enabled');
  const [version, resource = ''] = call.path;
  if (!isNeeded || node.role === 'target' || call.peer !== undefined) return;
  if (version !== 'v1' || open.has(resource)) return;
  const [, token] = /^Bearer (\S+)$/.exec(call.headers.authorization ?? '') ?? [];
  if (token === undefined) throw new ApiError(401, 'token required', 'ErrTokenRequired');
  const claims = verifiedClaims(token, key);
  if (claims === undefined) throw new ApiError(401, 'invalid token');
  if (Number(claims.exp ?? 0) * 1000 < node.clock.now()) throw new ApiError(401, 'token expired');
  const isRead = call.method === 'GET' || call.method === 'HEAD';
  if (resource === 'cluster' && !isRead && claims.admin !== true) {
    throw new ApiError(403, 'insufficient permissions: requires admin');
  }
}
