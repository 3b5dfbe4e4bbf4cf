import * as z from 'zod';
import { described, text } from '../schema/fields.ts';
import { withRules } from '../schema/rule.ts';
import { tlsRule } from './aistore-rules.ts';
import { duration } from './config-fields.ts';

const issuerRef = z.object({
  name: described(text(253).min(1), 'Name of the issuer.'),
  kind: described(
    z.enum(['Issuer', 'ClusterIssuer']).default('ClusterIssuer'),
    'Whether it is an Issuer of the namespace or a ClusterIssuer.',
  ),
});

const certificate = z.object({
  issuerRef: described(issuerRef, 'Issuer of cert-manager that signs the certificate.'),
  additionalDNSNames: described(
    z.array(text(253)).max(256).optional(),
    'DNS names the certificate has beside those of Services and pods.',
  ),
  duration: duration('How long the certificate lives; left out, cert-manager decides.'),
  renewBefore: duration(
    'How long before its end the certificate is renewed; left out, cert-manager decides.',
  ),
  mode: described(
    z.enum(['secret', 'csi']).default('secret'),
    'secret mounts one certificate into all pods, csi has the CSI driver of cert-manager make one for each pod.',
  ),
});

/** `.spec.tls`, of both kinds that have one. */
export const tlsSchema = withRules(
  z.object({
    secretName: described(
      text(253).optional(),
      'Secret in the same namespace with the certificate (tls.crt), its key (tls.key) and the authority of clients (ca.crt).',
    ),
    certificate: described(certificate.optional(), 'Certificate that cert-manager makes and renews.'),
  }),
  [tlsRule],
);
