import { createHash } from 'node:crypto';
import type { EffectiveSpec } from '../effective.ts';
import { names, type Owner } from '../identity.ts';

/** A part of AIStore's configuration, by the names it has there. */
export type ConfigPart = { readonly [key: string]: unknown };

export interface ClusterConfigInput {
  readonly owner: Owner;
  readonly effective: EffectiveSpec;
  /** Domain of the names of Services. */
  readonly domain: string;
  /** False keeps rebalance off, whatever the spec says. */
  readonly mayRebalance: boolean;
}

/** Where the pods of clusters with TLS have their certificate. */
const certificates = '/var/certs';

/** `http` or `https` of what the nodes of a cluster serve. */
export function schemeOf({ useHttps }: Pick<EffectiveSpec, 'useHttps'>): 'http' | 'https' {
  return useHttps ? 'https' : 'http';
}

/** Name by which pods and the operator know a pod of a cluster. */
export function podHost(
  { name, namespace }: Owner,
  role: 'proxy' | 'target',
  ordinal: number,
  domain: string,
): string {
  return `${names.pod(name, role, ordinal)}.${names.role(name, role)}.${namespace}.svc.${domain}`;
}

/** URL of a cluster inside of Kubernetes (ais.md §2.8). */
export function intraClusterUrl({
  owner: { name, namespace },
  effective,
  domain,
}: ClusterConfigInput): string {
  const port = effective.spec.proxySpec.portPublic;
  return `${schemeOf(effective)}://${names.role(name, 'proxy')}.${namespace}.svc.${domain}:${port}`;
}

/**
 * What the nodes of a cluster start with: the spec's configuration, under the
 * addresses of the first proxy, over what the rest of the spec implies (ais.md §2.8).
 */
export function startConfig(input: ClusterConfigInput): ConfigPart {
  const { owner, effective, domain } = input;
  const { portIntraControl } = effective.spec.proxySpec;
  const scheme = schemeOf(effective);
  const primary = `${scheme}://${podHost(owner, 'proxy', 0, domain)}:${portIntraControl}`;
  const service = `${names.role(owner.name, 'proxy')}.${owner.namespace}.svc.${domain}`;
  const addresses = {
    ...{ primary_url: primary, original_url: primary },
    discovery_url: `${scheme}://${service}:${portIntraControl}`,
  };
  return merged({ proxy: addresses }, liveConfig(input));
}

/**
 * What a running cluster shall have. The address of the primary is none of it: the cluster itself
 * knows who that is.
 */
export function liveConfig({ effective, mayRebalance }: ClusterConfigInput): ConfigPart {
  const { spec, tls, backends } = effective;
  const given = (spec.configToUpdate ?? {}) as ConfigPart;
  const implied: ConfigPart = {
    ...(tls === undefined
      ? {}
      : {
          net: {
            http: {
              server_crt: `${certificates}/tls.crt`,
              server_key: `${certificates}/tls.key`,
              client_ca_tls: `${certificates}/ca.crt`,
            },
          },
        }),
    ...(backends.length === 0
      ? {}
      : { backend: Object.fromEntries(backends.map((provider) => [provider, {}])) }),
    ...authOf(effective),
    rebalance: { enabled: true },
  };
  const whole = merged(implied, given);
  return mayRebalance ? whole : merged(whole, { rebalance: { enabled: false } });
}

function authOf({ spec }: EffectiveSpec): ConfigPart {
  const issuer =
    spec.issuerCAConfigMap === undefined ? {} : { oidc: { issuer_ca_bundle: '/etc/ais/oidc-ca/ca.crt' } };
  const enabled = spec.auth === undefined ? {} : { enabled: true };
  const auth = { ...issuer, ...enabled };
  return Object.keys(auth).length === 0 ? {} : { auth };
}

/** `over` on `base`, objects field by field; anything else replaces what was there. */
export function merged(base: ConfigPart, over: ConfigPart): ConfigPart {
  const out: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue;
    const below = out[key];
    out[key] = isPart(below) && isPart(value) ? merged(below, value) : value;
  }
  return out;
}

/** Fields of `net.http` in AIStore's own order (cmn.HTTPConfToSet), in which the older operator wrote them. */
const httpFields = [
  'server_crt',
  'server_key',
  'domain_tls',
  'client_ca_tls',
  'idle_conn_time',
  'idle_conns_per_host',
  'idle_conns',
  'write_buffer_size',
  'read_buffer_size',
  'client_auth_tls',
  'use_https',
  'skip_verify',
  'chunked_transfer',
] as const;

/**
 * Digest of what a node reads only when it starts: a change rolls the pods. The older operator made it of
 * the same text, so its pods are not replaced when their cluster is taken over.
 */
export function restartHash(config: ConfigPart): string {
  const net = config.net;
  const http = isPart(net) ? net.http : undefined;
  const text = isPart(http)
    ? JSON.stringify(Object.fromEntries(httpFields.map((field) => [field, http[field]])))
    : '';
  return createHash('sha256').update(text).digest('hex');
}

/** JSON with the fields of every object in one order. */
export function stableJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stableJson).join()}]`;
  if (!isPart(value)) return JSON.stringify(value) ?? 'null';
  const fields = Object.keys(value)
    .sort()
    .filter((key) => value[key] !== undefined)
    .map((key) => `${JSON.stringify(key)}:${stableJson(value[key])}`);
  return `{${fields.join()}}`;
}

function isPart(value: unknown): value is ConfigPart {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
