import { kubelet } from '@rackwright/keys';
import { leaderOptions, connectionOptions as serverConnection } from '@rackwright/manager';
import { absolutePath, type ConfigOf, defineOptions } from '@rackwright/service';
import { serverOptions } from '@rackwright/web';
import { imageArchitecture } from './install/values.ts';

/** Options of every command of the operator. */
export const connectionOptions = defineOptions({
  ...serverConnection,
  namespace: {
    flag: 'namespace',
    env: 'OPERATOR_NAMESPACE',
    type: 'string',
    default: 'slingshot-system',
    description: 'Namespace of the operator and of everything namespaced it owns.',
  },
  serviceAccount: {
    flag: 'service-account',
    type: 'string',
    description:
      'ServiceAccount of the installation; left out, the operator takes that of its token, commands any of the namespace.',
  },
});

/** Options of the operator itself beside those of its controllers. Names of the older operator are kept. */
export const sharedOptions = defineOptions({
  ...connectionOptions,
  ...serverOptions,
  ...leaderOptions,
  imageRegistry: {
    flag: 'image-registry',
    type: 'string',
    default: 'ghcr.io/rackwright',
    description: 'Registry and path of the agents whose image is not named by a flag of its own.',
  },
  imageTag: {
    flag: 'image-tag',
    type: 'string',
    description: 'Tag of those images; the version of the operator when left out.',
  },
  imagePullSecrets: {
    flag: 'image-pull-secrets',
    type: 'list',
    default: [],
    description: 'Names of Secrets in the namespace that the agents pull their images with.',
    validate: secretNames,
  },
  agentArchitectures: {
    flag: 'agent-architectures',
    type: 'list',
    default: [imageArchitecture],
    choices: ['amd64', 'arm64'],
    description:
      'Architectures the images of the agents exist for, which run on no other nodes; every node when empty.',
  },
  agentSelinuxType: {
    flag: 'agent-selinux-type',
    type: 'string',
    default: '',
    description:
      'SELinux type of the agents that are not privileged, such as spc_t; the runtime chooses when empty.',
    validate: (type) =>
      /^([A-Za-z][A-Za-z0-9_.]*)?$/.test(type)
        ? undefined
        : 'it must be the name of an SELinux type, such as container_device_plugin_t',
  },
  hostRoot: {
    flag: 'host-root',
    type: 'string',
    default: '/',
    description: 'The host tree on the nodes that the agents look at; other than / for simulated hosts.',
    validate: absolutePath,
  },
  kubeletDir: {
    flag: 'kubelet-dir',
    type: 'string',
    default: '/var/lib/kubelet',
    description: "The kubelet's --root-dir on the nodes.",
    validate: (path) =>
      absolutePath(path) ??
      (Buffer.byteLength(path) <= kubelet.maxRootDir
        ? undefined
        : `it must have at most ${kubelet.maxRootDir} bytes, for the sockets of device plugins in it`),
  },
});

/** What every controller reads of the configuration. */
export type SharedConfig = ConfigOf<typeof sharedOptions>;

/** The flag for the image of one agent, for the options of its controller. */
export function agentImageOption<const F extends string>(component: F, env: string) {
  return {
    flag: `${component}-image`,
    env,
    type: 'string',
    description: `Image of the ${component}; left out, it is taken from the image registry.`,
  } as const;
}

/** The image of an agent: that of its flag, or the one of its app in the image registry. */
export function agentImage(
  { imageRegistry, imageTag }: SharedConfig,
  { given, app, version }: { given: string | undefined; app: string; version: string },
): string {
  return given ?? `${imageRegistry}/${app}:${imageTag ?? version}`;
}

/** Flags of the older operator's webhooks, which the app admission-webhook serves now. */
export const formerOptions = defineOptions({
  webhookCertPath: former('webhook-cert-path'),
  webhookCertName: former('webhook-cert-name'),
  webhookCertKey: former('webhook-cert-key'),
  enableHttp2: formerSwitch('enable-http2'),
  enableSidecarWebhook: formerSwitch('enable-sidecar-webhook', 'ENABLE_SIDECAR_WEBHOOK'),
  enableCxiDriverWebhook: formerSwitch('enable-cxidriver-webhook', 'ENABLE_CXIDRIVER_WEBHOOK'),
});

function former(flag: string) {
  return {
    flag,
    type: 'string',
    hidden: true,
    description: 'Without effect; kept for older manifests.',
  } as const;
}

function formerSwitch(flag: string, env: string[] | string = []) {
  return {
    flag,
    env,
    type: 'boolean',
    hidden: true,
    description: 'Without effect; kept for older manifests.',
  } as const;
}

function secretNames(names: readonly string[]): string | undefined {
  const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
  const valid = new RegExp(`^${label}(\\.${label})*$`);
  const wrong = names.find((name) => name.length > 253 || !valid.test(name));
  return wrong === undefined
    ? undefined
    : `it must be names of Secrets, which ${JSON.stringify(wrong)} is not`;
}
