import { absolutePath, defineOptions } from '@rackwright/service';
import { serverOptions } from '@rackwright/web';

/** Options of admission-webhook. Names of the older operator's webhooks are kept. */
export const options = defineOptions({
  ...serverOptions,
  webhookBindAddress: {
    flag: 'webhook-bind-address',
    env: 'WEBHOOK_BIND_ADDRESS',
    type: 'string',
    default: ':9443',
    description: 'Address that serves the webhooks over HTTPS.',
  },
  namespace: {
    flag: 'namespace',
    env: 'POD_NAMESPACE',
    type: 'string',
    default: 'slingshot-system',
    description: 'Namespace of the Service and the Secrets.',
  },
  service: {
    flag: 'service',
    type: 'string',
    default: 'admission-webhook',
    description: 'Name of the Service that leads to the replicas.',
  },
  servicePort: {
    flag: 'service-port',
    type: 'port',
    default: 443,
    description: 'Port of that Service.',
  },
  externalUrl: {
    flag: 'external-url',
    type: 'string',
    description:
      'URL under which API servers outside of the pod network find the webhooks, such as https://hooks.example.com; left out, they go through the Service.',
    validate: (url) =>
      /^https:\/\/[^/?#@]+$/.test(url) ? undefined : 'it must be https:// and a host, with a port if need be',
  },
  certificates: {
    flag: 'certificates',
    type: 'string',
    choices: ['managed', 'files'],
    default: 'managed',
    description:
      'managed makes certificates and renews them, in Secrets that the replicas share; files takes those of --webhook-cert-path, as cert-manager and older manifests bring them.',
  },
  authoritySecret: {
    flag: 'authority-secret',
    type: 'string',
    default: 'admission-webhook-ca',
    description: 'Secret of the authority that signs managed certificates.',
  },
  certificateSecret: {
    flag: 'certificate-secret',
    type: 'string',
    default: 'admission-webhook-tls',
    description: 'Secret of the managed certificate.',
  },
  authorityLifetime: {
    flag: 'authority-lifetime',
    type: 'duration',
    default: '17520h',
    description: 'How long a managed authority lives; the next one comes after two thirds of it.',
  },
  certificateLifetime: {
    flag: 'certificate-lifetime',
    type: 'duration',
    default: '2160h',
    description: 'How long a managed certificate lives; it is renewed after two thirds of it.',
  },
  webhookCertPath: {
    flag: 'webhook-cert-path',
    type: 'string',
    default: '/tmp/k8s-webhook-server/serving-certs',
    description: 'Folder of given certificates, read again when they are renewed.',
    validate: absolutePath,
  },
  webhookCertName: {
    flag: 'webhook-cert-name',
    type: 'string',
    default: 'tls.crt',
    description: 'File of the certificate in that folder.',
  },
  webhookCertKey: {
    flag: 'webhook-cert-key',
    type: 'string',
    default: 'tls.key',
    description: 'File of its key in that folder.',
  },
  webhookCaName: {
    flag: 'webhook-ca-name',
    type: 'string',
    default: '',
    description:
      'File of the authority in that folder, such as ca.crt, which the configurations are to trust; empty where somebody else tells them.',
  },
  validatingConfiguration: {
    flag: 'validating-configuration',
    type: 'string',
    default: '',
    description:
      'ValidatingWebhookConfiguration whose entries are written once they can be answered; empty where somebody else writes them.',
  },
  mutatingConfiguration: {
    flag: 'mutating-configuration',
    type: 'string',
    default: '',
    description: 'MutatingWebhookConfiguration, likewise.',
  },
  crdConversion: {
    flag: 'crd-conversion',
    type: 'boolean',
    default: false,
    description:
      'Write spec.conversion of the CRDs whose versions are converted here, once it can be answered; not where somebody else writes it.',
  },
  failurePolicy: {
    flag: 'failure-policy',
    type: 'string',
    choices: ['Fail', 'Ignore'],
    default: 'Fail',
    description:
      'What API servers do with an object when no replica answers: refuse it, or accept it unseen.',
  },
  allowedImages: {
    flag: 'allowed-images',
    type: 'list',
    default: [],
    description: 'Prefixes an image named in a CXIDriver must have one of; every image when left out.',
  },
  stopDelay: {
    flag: 'stop-delay',
    type: 'duration',
    default: '10s',
    description:
      'How long requests are still answered after a stop was asked for, until everybody has heard of it.',
  },
});
