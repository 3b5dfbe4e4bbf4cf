import { aidaptivCache } from '@rackwright/keys';
import type { Agent } from '@rackwright/manager';
import type { Ai100Settings } from '../settings.ts';

const { audience, trust } = aidaptivCache.handshake;
/** Where the exporter looks for its token and for what it trusts. */
const mountPath = '/var/run/secrets/aidaptivcache-handshake';

/** What an exporter makes handshakes with: names of the older exporter, and a token that is good for nothing else. */
export function handshakeParts({ handshake, namespace }: Ai100Settings): Pick<Agent, 'env' | 'volumes'> {
  if (handshake === undefined) return {};
  const sources = [
    { serviceAccountToken: { path: 'token', audience, expirationSeconds: 3600 } },
    // It is filled by the operator, and an exporter does not wait for that.
    { configMap: { name: trust, optional: true, items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
  ];
  return {
    env: [
      { name: 'SERVICE_NAME', value: handshake.service },
      { name: 'SERVICE_PORT', value: String(handshake.port) },
      { name: 'POD_NAMESPACE', value: namespace },
    ],
    volumes: [{ volume: { name: 'handshake', projected: { sources } }, mountPath }],
  };
}
