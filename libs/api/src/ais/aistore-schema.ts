import * as z from 'zod';
import { nodeSelector, resourceRequirements } from '../schema/core-types.ts';
import { described, int32, text } from '../schema/fields.ts';
import {
  affinity,
  annotations,
  env,
  imagePullSecrets,
  labels,
  pullPolicy,
  tolerations,
} from '../schema/pod-types.ts';
import { withRules } from '../schema/rule.ts';
import { authRule, cleanupRule, sizeRules, stateStorageRule } from './aistore-rules.ts';
import { configSchema } from './config-schema.ts';
import { proxySchema, targetSchema } from './role-schema.ts';
import { tlsSchema } from './tls-schema.ts';

export const imageFields = {
  nodeImage: described(text().min(1), 'Image of AIStore (aisnode).'),
  initImage: described(
    text().min(1),
    'Image of the init container (aisinit), of the same release as nodeImage.',
  ),
};

export const configField = described(
  configSchema.optional(),
  "Part of AIStore's cluster configuration, under its names; what is left out stays as AIStore has it.",
);

export const pullSecretsField = described(
  imagePullSecrets().optional(),
  'Secrets for pulling images, of all pods of the cluster.',
);

function secret(what: string) {
  return described(text(253).optional(), `Secret in the same namespace with ${what}`);
}

const deprecated = (field: string) => `Deprecated for ${field}, which counts where both are set: `;

const stateStorage = withRules(
  z.object({
    hostPath: described(
      z
        .object({
          prefix: described(text().min(1), 'Folder of the nodes; each cluster has its own below it.'),
        })
        .optional(),
      'A folder of the node a pod runs on.',
    ),
    pvc: described(
      z
        .object({
          storageClass: described(
            text(253).min(1),
            'StorageClass of the claims. It can be left, but neither chosen later nor changed.',
          ),
        })
        .optional(),
      'A volume for each pod.',
    ),
    emptyDir: described(
      z.object({}).optional(),
      'A folder that is gone with the pod, for clusters that are not kept; they cannot be shut down and started again.',
    ),
  }),
  [stateStorageRule],
);

const logSidecar = z.object({
  image: described(text().min(1), 'Image of a program that writes a log file to its output.'),
  resources: described(resourceRequirements().optional(), 'CPU and memory of the container.'),
});

const loginSecret = z.object({
  secretName: described(text(253), 'Secret with user (SU-NAME) and password (SU-PASS).'),
  secretNamespace: described(text(63).optional(), 'Its namespace. Left out it is that of the AIStore.'),
  loginConf: described(
    z
      .object({
        clientID: described(text().optional(), 'Client the password is for.'),
        scope: described(text().optional(), 'Scope that is asked for.'),
      })
      .optional(),
    'How to log in at an OAuth server. Left out, the server is AuthN.',
  ),
});

const auth = withRules(
  z.object({
    profileRef: described(
      z
        .object({
          name: described(
            text(253).min(1),
            'Name of the AIStoreAuthProfile. Whoever sets it must have the right to use that profile.',
          ),
        })
        .optional(),
      'Profile that says where and how to log in.',
    ),
    serviceURL: described(
      text().optional(),
      `${deprecated('profileRef')}URL of the server. Left out it is https://ais-authn.ais:52001.`,
    ),
    usernamePassword: described(
      loginSecret.optional(),
      `${deprecated('profileRef')}login by user and password.`,
    ),
    tokenExchange: described(
      z
        .object({
          tokenPath: described(text().optional(), 'File of the token that is exchanged, in the operator.'),
          tokenExchangeEndpoint: described(
            text().optional(),
            'Path of the server that exchanges tokens. Left out it is /token.',
          ),
        })
        .optional(),
      `${deprecated('profileRef')}login by the token of the operator (RFC 8693).`,
    ),
    tls: described(
      z
        .object({
          caCertPath: described(
            text().optional(),
            'File of the authorities that are trusted, in the operator.',
          ),
          insecureSkipVerify: described(z.boolean().optional(), 'Whether any certificate is taken.'),
        })
        .optional(),
      `${deprecated('profileRef')}trust in the server.`,
    ),
  }),
  [authRule],
);

const adminClient = z.object({
  enabled: described(z.boolean().optional(), 'Whether there is one; true where the block is there.'),
  image: described(text().optional(), 'Its image. Left out it is docker.io/aistorage/ais-util:latest.'),
  imagePullPolicy: described(pullPolicy().optional(), 'When the image is pulled.'),
  resources: described(resourceRequirements().optional(), 'CPU and memory of the container.'),
  annotations: described(annotations().optional(), 'Annotations of the pod.'),
  labels: described(labels().optional(), 'Labels of the pod beside those the operator sets.'),
  nodeSelector: described(nodeSelector.optional(), 'Labels of the nodes the pod runs on.'),
  affinity: described(affinity().optional(), 'Where the pod runs and where not (core/v1 Affinity).'),
  tolerations: described(tolerations().optional(), 'Taints the pod tolerates.'),
  env: described(env().optional(), 'Environment of the container.'),
  caConfigMap: described(
    z
      .object({
        name: described(text(253).min(1), 'Name of a ConfigMap in the same namespace.'),
        key: described(text(253).optional(), 'Its key. Left out it is trust-bundle.pem.'),
      })
      .optional(),
    'Authorities the client trusts, as PEM.',
  ),
});

const credentials = {
  gcpSecretName: secret('credentials of Google Cloud (gcp.json), for targets; switches the backend on.'),
  awsSecretName: secret('credentials of AWS (files of ~/.aws), for targets; switches the backend on.'),
  ociSecretName: secret(
    'credentials of Oracle Cloud (files of ~/.oci), for targets; switches the backend on.',
  ),
  tracingTokenSecretName: secret('the token that is sent with traces, mounted at /var/traces.'),
  authNSecretName: secret('the key that signs tokens of AuthN (SIGNING-KEY), for proxies.'),
};

const deletion = {
  shutdownCluster: described(
    z.boolean().optional(),
    'Whether the cluster is stopped, with its data and all volumes kept; false starts it again.',
  ),
  cleanupMetadata: described(
    z.boolean().optional(),
    'Whether metadata of the cluster and its buckets goes when this object is deleted, with all claims. Without it a cluster of the same name finds its data again.',
  ),
  cleanupData: described(
    z.boolean().optional(),
    'Whether objects are deleted with it. Needs cleanupMetadata. Without it they stay on the disks where volumes are kept.',
  ),
};

const network = {
  hostnameMap: described(
    z.record(text(253), text()).optional(),
    'Names of hosts that have more than one, with a comma between them, by the first.',
  ),
  apiMode: described(
    text(63).optional(),
    'How the operator reaches the cluster: public through the port of a proxy on its node; left out, through Services.',
  ),
  networkAttachment: described(
    text().optional(),
    'Networks of the pods beside that of the cluster, with commas between them (k8s.v1.cni.cncf.io/networks).',
  ),
  publicNetDNSMode: described(
    z.enum(['IP', 'Node', 'Pod']).default('IP'),
    'What clients are led to: the address of a node, its name, or the name of a pod. Certificates have the same.',
  ),
  clusterDomain: described(
    text(253).optional(),
    'Deprecated for --cluster-domain of the operator, over which it counts: domain of the names of Services.',
  ),
  enableExternalLB: described(
    z.boolean().optional(),
    'Deprecated for externalAccess of proxySpec and targetSpec: load balancers for both.',
  ),
};

/** `.spec` of an AIStore. */
export const aistoreSpecSchema = withRules(
  z.object({
    size: described(
      int32(-1).optional(),
      'How many proxies and how many targets there are, where a role has no size of its own. -1 is one on every node that the nodeSelector of the role matches.',
    ),
    ...imageFields,
    logSidecar: described(logSidecar.optional(), 'Container in every pod that shows the logs of AIStore.'),
    stateStorage: described(
      stateStorage.optional(),
      'Where nodes keep their identity and the metadata of the cluster (/etc/ais).',
    ),
    hostpathPrefix: described(
      text().optional(),
      `${deprecated('stateStorage.hostPath.prefix')}folder of the nodes.`,
    ),
    stateStorageClass: described(
      text(253).optional(),
      `${deprecated('stateStorage.pvc.storageClass')}StorageClass of the claims. It wins over hostpathPrefix.`,
    ),
    configToUpdate: configField,
    issuerCAConfigMap: described(
      text(253).min(1).optional(),
      'ConfigMap in the same namespace with the authorities of OIDC issuers (ca.crt), for proxies.',
    ),
    ...network,
    proxySpec: described(proxySchema, 'Proxies, which clients talk to.'),
    targetSpec: described(targetSchema, 'Targets, which have the objects.'),
    ...deletion,
    ...credentials,
    logsDir: described(
      text().optional(),
      'Folder of the nodes for logs; each pod has its own below it. Left out or empty, logs are gone with the pod.',
    ),
    tls: described(
      tlsSchema.optional(),
      'Certificates of the nodes, for net.http.use_https of configToUpdate.',
    ),
    auth: described(auth.optional(), 'How the operator logs in at a cluster that wants tokens.'),
    operatorSkipVerifyCrt: described(
      z.boolean().optional(),
      'Whether the operator takes any certificate of the cluster. Left out, --skip-verify of the operator says so.',
    ),
    imagePullSecrets: pullSecretsField,
    adminClient: described(
      adminClient.optional(),
      'A pod with the command line of AIStore, set up for this cluster.',
    ),
    priorityClassName: described(text(253).optional(), 'Priority of all pods of the cluster.'),
  }),
  [...sizeRules, cleanupRule],
);
