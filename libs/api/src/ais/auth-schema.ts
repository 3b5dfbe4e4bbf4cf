import * as z from 'zod';
import { conditions, nodeSelector, positiveQuantity, resourceRequirements } from '../schema/core-types.ts';
import { described, int32, int64, text } from '../schema/fields.ts';
import {
  affinity,
  annotations,
  imagePullSecrets,
  podSecurityContext,
  probe,
  pullPolicy,
  securityContext,
  tolerations,
} from '../schema/pod-types.ts';
import { withRules } from '../schema/rule.ts';
import { persistenceRule } from './aistore-rules.ts';
import { duration } from './config-fields.ts';
import { tlsSchema } from './tls-schema.ts';

/** Port AuthN listens on unless the spec says another. */
const usualPort = 52_001;

function secret(what: string) {
  return described(
    z.object({ name: described(text(253).optional(), 'Name of the Secret.') }).optional(),
    `Secret in the same namespace with ${what}`,
  );
}

const config = z.object({
  auth: described(
    z
      .object({
        expirationTime: duration('How long a token is good for unless its user asks for less.'),
        maxTokenAge: duration('How long a token is good for at most.'),
        signingKey: described(
          z
            .object({
              bits: described(int32(2048).optional(), 'Size of RSA keys.'),
              mode: described(
                z.enum(['external']).optional(),
                'external for a key that AuthN neither makes nor changes.',
              ),
            })
            .optional(),
          'Key that signs tokens.',
        ),
        db: described(
          z.object({ type: described(z.enum(['BuntDB']).optional(), 'Kind of the database.') }).optional(),
          'Where users and roles are kept.',
        ),
      })
      .optional(),
    'Tokens and users.',
  ),
  log: described(
    z
      .object({
        level: described(int32(0, 5).optional(), 'How much is logged.'),
        flushInterval: duration('Time between two writes of logs.'),
      })
      .optional(),
    'Logs.',
  ),
  net: described(
    z
      .object({
        externalURL: described(text().optional(), 'URL that clients find AuthN by, for OpenID Connect.'),
        http: described(
          z
            .object({
              port: described(
                int32(1024, 65_535).optional(),
                `Port AuthN listens on. Left out it is ${usualPort}.`,
              ),
            })
            .optional(),
          'HTTP.',
        ),
      })
      .optional(),
    'Network.',
  ),
  timeout: described(
    z.object({ defaultTimeout: duration('Time for a request.') }).optional(),
    'How long AuthN waits.',
  ),
});

const persistence = withRules(
  z.object({
    size: described(positiveQuantity.optional(), 'How much is claimed. Left out it is 256Mi.'),
    storageClass: described(
      text(253).min(1).optional(),
      'StorageClass of the claim. Give this or volumeName.',
    ),
    volumeName: described(text(253).min(1).optional(), 'PersistentVolume that is claimed by its name.'),
    deletionPolicy: described(
      z.enum(['Retain', 'Delete']).default('Retain'),
      'Whether the claim stays when this object is deleted.',
    ),
  }),
  [persistenceRule],
);

const externalAccess = z.object({
  nodePort: described(
    z.object({ port: described(int32(30_000, 32_767), 'Port of the nodes.') }).optional(),
    'A Service of type NodePort. Leave it out for none.',
  ),
  loadBalancer: described(
    z
      .object({
        port: described(int32(1, 65_535).default(usualPort), 'Port of the Service.'),
        annotations: described(
          annotations().optional(),
          'Annotations of the Service, for what makes its load balancer.',
        ),
      })
      .optional(),
    'A Service of type LoadBalancer. Leave it out for none.',
  ),
});

const container = z.object({
  image: described(text().min(1), 'Image of AuthN.'),
  imagePullPolicy: described(pullPolicy().default('IfNotPresent'), 'When it is pulled.'),
  resources: described(resourceRequirements().optional(), 'CPU and memory of the container.'),
  securityContext: described(
    securityContext().optional(),
    'Security context of the container (core/v1 SecurityContext).',
  ),
  livenessProbe: described(probe().optional(), 'Probe whose failure restarts the container (core/v1 Probe).'),
  readinessProbe: described(
    probe().optional(),
    'Probe whose failure takes the pod out of Services (core/v1 Probe).',
  ),
});

const pod = z.object({
  securityContext: described(
    podSecurityContext().optional(),
    'Security context of the pod (core/v1 PodSecurityContext).',
  ),
  nodeSelector: described(nodeSelector.optional(), 'Labels of the nodes the pod runs on.'),
  tolerations: described(tolerations().optional(), 'Taints the pod tolerates.'),
  affinity: described(affinity().optional(), 'Where the pod runs and where not (core/v1 Affinity).'),
  imagePullSecrets: described(imagePullSecrets().optional(), 'Secrets for pulling the image.'),
});

/** `.spec` of an AIStoreAuth. */
export const aistoreAuthSpecSchema = z.object({
  adminSecret: secret('user (SU-NAME, which may be missing) and password (SU-PASS) of the administrator.'),
  hmacSecret: secret(
    'the key that signs tokens (SIGNING-KEY). Without it they are signed by RSA keys of AuthN.',
  ),
  rsaPassphraseSecret: secret('the passphrase of those RSA keys (RSA-PASSPHRASE).'),
  config: described(config.optional(), 'Configuration of AuthN; what is left out stays as AuthN has it.'),
  tls: described(tlsSchema.optional(), 'Certificate of AuthN. Left out, it serves HTTP.'),
  persistence: described(persistence, 'Volume of users, roles and RSA keys.'),
  externalAccess: described(externalAccess.optional(), 'Services for clients outside of Kubernetes.'),
  deployment: described(
    z.object({
      container: described(container, 'The container.'),
      pod: described(pod.optional(), 'The pod.'),
    }),
    'How AuthN runs.',
  ),
});

/** `.status` of an AIStoreAuth. */
export const aistoreAuthStatusSchema = z.object({
  conditions: described(conditions, 'Ready says whether AuthN runs as the spec says, and why not.'),
  observedGeneration: described(int64(0).optional(), 'Generation of the spec this status speaks of.'),
  serviceURL: described(text().optional(), 'URL of AuthN for clients in Kubernetes.'),
});
