import { defineOptions } from '@rackwright/service';
import { deviceModes } from '../volumes/model.ts';

const notEmpty = (text: string): string | undefined => (text === '' ? 'must not be empty' : undefined);

/** A driver's name is part of labels and of folders (csi.proto, GetPluginInfoResponse). */
const driverName = (name: string): string | undefined =>
  /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(name)
    ? undefined
    : 'must have at most 63 letters, digits and . - _, a letter or digit at both ends';

const endpoint = (text: string): string | undefined =>
  /^unix:\/\/\/?.+/.test(text) ? undefined : 'must be like unix:///csi/csi.sock';

/** As Go listens: host:port or :port. */
const listenAddress = (text: string): string | undefined =>
  text === '' || /^(\S*):\d{1,5}$/.test(text) ? undefined : 'must be like :10010, or empty';

const labels = (text: string): string | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    const isTable = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (isTable && Object.values(value).every((one) => typeof one === 'string')) return undefined;
  } catch {
    // Told below.
  }
  return 'must be a table of labels in JSON, like {"storage":"pmem"}';
};

/** Flags of PMEM-CSI's driver, with the same names and defaults. */
export const options = defineOptions({
  driverName: {
    flag: 'drivername',
    type: 'string',
    default: 'pmem-csi.intel.com',
    description: 'Name of the CSI driver.',
    validate: driverName,
  },
  nodeId: {
    flag: 'nodeid',
    type: 'string',
    default: 'nodeid',
    description: 'Name of the node.',
    validate: notEmpty,
  },
  endpoint: {
    flag: 'endpoint',
    type: 'string',
    default: 'unix:///tmp/pmem-csi.sock',
    description: 'Socket of the CSI services.',
    validate: endpoint,
  },
  mode: {
    flag: 'mode',
    type: 'string',
    default: 'node',
    choices: ['node', 'controller', 'webhooks', 'force-convert-raw-namespaces'],
    description:
      'What the program does: node serves CSI on a node, controller makes volumes on the nodes that register with it, webhooks gives claims back to the scheduler that were bound for a node without the driver, force-convert-raw-namespaces makes raw namespaces of the node usable, whose data is lost, and labels it for the driver.',
  },
  deviceManager: {
    flag: 'deviceManager',
    type: 'string',
    default: 'lvm',
    choices: [...deviceModes, 'ndctl'],
    description:
      'How volumes are made: as logical volumes, as namespaces (direct, or ndctl), or as folders (fake) on machines without persistent memory.',
  },
  statePath: {
    flag: 'statePath',
    type: 'string',
    default: '',
    description:
      'Folder of what the driver knows of its volumes; default /var/lib/ and the name of the driver.',
    validate: (path) => (path === '' || path.startsWith('/') ? undefined : 'must be an absolute path'),
  },
  pmemPercentage: {
    flag: 'pmemPercentage',
    type: 'integer',
    default: 100,
    description: 'How much of the memory the driver may use, in percent.',
    validate: (value) => (value >= 0 && value <= 100 ? undefined : 'must be within 0 and 100'),
  },
  nodeSelector: {
    flag: 'nodeSelector',
    type: 'string',
    default: '{}',
    description: 'Labels of the nodes the driver runs on, as a table in JSON.',
    validate: labels,
  },
  metricsListen: {
    flag: 'metricsListen',
    type: 'string',
    default: '',
    description: 'Where metrics are served, such as :10010; empty for nowhere.',
    validate: listenAddress,
  },
  metricsPath: {
    flag: 'metricsPath',
    type: 'string',
    default: '/metrics',
    description: 'Path of the metrics.',
    validate: (path) => (path.startsWith('/') ? undefined : 'must begin with /'),
  },
  verbosity: {
    flag: 'v',
    type: 'integer',
    default: 3,
    description: 'How much is logged, as for Kubernetes programs: 5 and more is --log-level=debug.',
  },
  loggingFormat: {
    flag: 'logging-format',
    type: 'string',
    default: 'text',
    choices: ['text', 'json'],
    description: 'Accepted; log lines are JSON.',
  },
  hostRoot: {
    flag: 'host-root',
    env: 'HOST_ROOT',
    type: 'string',
    default: '/',
    description: "Where the host's / is mounted in the container.",
  },
  kubeApiQps: {
    flag: 'kube-api-qps',
    type: 'string',
    hidden: true,
    description: 'PMEM-CSI: accepted, without effect.',
  },
  kubeApiBurst: {
    flag: 'kube-api-burst',
    type: 'string',
    hidden: true,
    description: 'PMEM-CSI: accepted, without effect.',
  },
  nodeExpansion: {
    flag: 'nodeExpansion',
    env: 'PMEM_CSI_NODE_EXPANSION',
    type: 'boolean',
    default: false,
    description:
      'Whether volumes grow by the kubelet of their node alone, and not by the controller service: for an external-resizer that serves all nodes through the driver of any.',
  },
  registryEndpoint: {
    flag: 'registryEndpoint',
    type: 'string',
    default: '',
    description:
      'Mode controller: where nodes register, such as tcp://0.0.0.0:10000. Mode node: where the controller is, such as tcp://pmem-csi.intel.com-controller:10000; empty without a controller for all nodes.',
  },
  controllerEndpoint: {
    flag: 'controllerEndpoint',
    type: 'string',
    default: '',
    description: 'Mode node: where the controller calls this node, such as tcp://10.0.0.1:10001.',
  },
  caFile: {
    flag: 'caFile',
    type: 'string',
    default: '',
    description: 'Certificates of the authorities whose word counts between controller and nodes, PEM.',
  },
  certFile: {
    flag: 'certFile',
    type: 'string',
    default: '',
    description:
      'Own certificate between controller and nodes, PEM; its DNS name is pmem-registry on the controller, pmem-node-controller on a node.',
  },
  keyFile: {
    flag: 'keyFile',
    type: 'string',
    default: '',
    description: 'Key of that certificate, PEM.',
  },
  clientCertFile: {
    flag: 'clientCertFile',
    type: 'string',
    default: '',
    description: 'Certificate for calls, where it is to be another than what is served with; PEM.',
  },
  clientKeyFile: {
    flag: 'clientKeyFile',
    type: 'string',
    default: '',
    description: 'Key of that certificate, PEM.',
  },
  testEndpoint: {
    flag: 'testEndpoint',
    type: 'boolean',
    hidden: true,
    description: 'PMEM-CSI: accepted, without effect.',
  },
  schedulerListen: {
    flag: 'schedulerListen',
    type: 'string',
    hidden: true,
    description: 'PMEM-CSI: accepted, without effect.',
  },
  insecureSchedulerListen: {
    flag: 'insecureSchedulerListen',
    type: 'string',
    hidden: true,
    description: 'PMEM-CSI: accepted, without effect.',
  },
});

/** `-v=5` and more asks for what `--log-level=debug` does. */
export function withLogLevel(argv: readonly string[]): string[] {
  const level = argv
    .map((word) => /^--?v=(\d{1,3})$/.exec(word)?.[1])
    .findLast((digits) => digits !== undefined);
  const chosen = argv.some((word) => /^--?log-level(=|$)/.test(word));
  return Number(level ?? 0) < 5 || chosen ? [...argv] : [...argv, '--log-level=debug'];
}
