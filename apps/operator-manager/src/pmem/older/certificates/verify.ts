import { errorMessage } from '@rackwright/core';
import { handshake } from '@rackwright/grpc';
import { type CertificateSet, type Holder, peerNames } from './certificate-set.ts';

/**
 * Shakes hands as controller and nodes will: each serves, and each calls the
 * other. Returns what failed, with no text of any key; undefined when all is well.
 */
export async function verifyCertificates(set: CertificateSet): Promise<string | undefined> {
  const { registry, nodeController } = set;
  const later = {
    ca: set.ca,
    registry: registry.next ?? registry,
    nodeController: nodeController.next ?? nodeController,
  };
  for (const pairs of registry.next || nodeController.next ? [set, later] : [set]) {
    const failure =
      (await failureOf(pairs, 'registry', 'nodeController')) ??
      (await failureOf(pairs, 'nodeController', 'registry'));
    if (failure !== undefined) return failure;
  }
  return undefined;
}

async function failureOf(set: CertificateSet, server: Holder, client: Holder): Promise<string | undefined> {
  const side = (holder: Holder, peer: Holder) => {
    const { cert, key } = set[holder];
    return { identity: { ca: set.ca, cert, key }, peerName: peerNames[peer] };
  };
  try {
    await handshake(side(server, client), side(client, server));
    return undefined;
  } catch (error) {
    return `a handshake of ${peerNames[client]} with ${peerNames[server]} fails: ${errorMessage(error)}`;
  }
}
