/** What one line of an API server's audit log (audit.k8s.io/v1 Event) says, as far as access goes. */
export interface AuditEvent {
  /** The same for every stage of one request. */
  readonly id: string;
  /** When the request came in, milliseconds since the epoch; undefined if the line does not say. */
  readonly at?: number;
  /** Who acted; the impersonated user if there was one. */
  readonly user: string;
  /** Pod the user's token was issued for. */
  readonly pod?: string;
  readonly verb: string;
  /** API group, empty for the core group; undefined for a path outside the resources. */
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** The request's path without its query. */
  readonly path: string;
  /** Whether nothing was to be stored. */
  readonly dryRun?: boolean;
  /** HTTP status; undefined while a watch is open. */
  readonly code?: number;
  /** Whether the authorizer let it pass; admission may still have refused it. */
  readonly authorized: boolean;
  /** The server's words, when it refused. */
  readonly message?: string;
  /** The role a (Cluster)RoleBinding in the request's body refers to. */
  readonly roleRef?: RoleRef;
}

export interface RoleRef {
  readonly kind: 'Role' | 'ClusterRole';
  readonly name: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads one line; undefined for what is no audit event, such as the torn last line of a log being written. */
export function parseAuditEvent(line: string): AuditEvent | undefined {
  const event = parseObject(line);
  const id = text(event.auditID);
  const verb = text(event.verb);
  const user = text(object(event.impersonatedUser).username) ?? text(object(event.user).username);
  if (id === undefined || verb === undefined || user === undefined) return undefined;
  const status = object(event.responseStatus);
  return compact({
    id,
    at: instant(text(event.requestReceivedTimestamp)),
    user,
    pod: podOf(object(event.user)),
    verb,
    ...target(object(event.objectRef)),
    path: (text(event.requestURI) ?? '').replace(/\?.*$/s, ''),
    dryRun: /[?&]dryRun=All(&|$)/.test(text(event.requestURI) ?? '') || undefined,
    code: typeof status.code === 'number' ? status.code : undefined,
    authorized: object(event.annotations)['authorization.k8s.io/decision'] !== 'forbid',
    message: text(status.message),
    roleRef: roleRef(object(object(event.requestObject).roleRef)),
  });
}

function podOf(user: Fields): string | undefined {
  const pods = object(user.extra)['authentication.kubernetes.io/pod-name'];
  return Array.isArray(pods) ? text(pods[0]) : undefined;
}

function instant(timestamp: string | undefined): number | undefined {
  const at = Date.parse(timestamp ?? '');
  return Number.isNaN(at) ? undefined : at;
}

function target(reference: Fields): Partial<AuditEvent> {
  const resource = text(reference.resource);
  if (resource === undefined) return {};
  return compact({
    group: text(reference.apiGroup) ?? '',
    resource,
    subresource: text(reference.subresource),
    namespace: text(reference.namespace),
    name: text(reference.name),
  });
}

function roleRef(reference: Fields): RoleRef | undefined {
  const name = text(reference.name);
  const { kind } = reference;
  return name !== undefined && (kind === 'Role' || kind === 'ClusterRole') ? { kind, name } : undefined;
}

function parseObject(line: string): Fields {
  try {
    return object(JSON.parse(line));
  } catch {
    return {};
  }
}

function object(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Leaves absent what is undefined. */
function compact<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
