const nfd = 'feature.node.kubernetes.io';

/** Names of node-discovery (shared/specs/ai100.md §3). Those of older systems are kept as they were. */
export const discovery = {
  /** Owner of the labels and annotations on Nodes. */
  fieldManager: 'phison-node-discovery',
  label: {
    ai100: {
      /** What the older operator's DaemonSets select. */
      present: 'phison.com/ai100-present',
      count: 'phison.com/ai100.count',
      capacityGB: 'phison.com/ai100.capacity-gb',
      model: 'phison.com/ai100.model',
      firmware: 'phison.com/ai100.firmware',
      firmwareCompliant: 'phison.com/ai100.firmware-compliant',
      numa: 'phison.com/ai100.numa',
    },
    cxi: {
      present: 'phison.com/cxi.present',
      count: 'phison.com/cxi.count',
      vfs: 'phison.com/cxi.vfs',
      generation: 'phison.com/cxi.generation',
      driverReady: 'phison.com/cxi.driver-ready',
    },
    pmem: {
      regions: 'phison.com/pmem.regions',
      capacityGB: 'phison.com/pmem.capacity-gb',
      availableGB: 'phison.com/pmem.available-gb',
      modes: 'phison.com/pmem.modes',
    },
    /** Of the domain of Node Feature Discovery, which may write them too. */
    memoryPresent: `${nfd}/memory-nv.present`,
    memoryDax: `${nfd}/memory-nv.dax`,
    nonRotationalDisk: `${nfd}/storage-nonrotationaldisk`,
    /** @param ids vendor, or class and vendor, or class, vendor and device */
    pciPresent: (...ids: string[]): string => `${nfd}/pci-${ids.join('_')}.present`,
    pciSriovCapable: (...ids: string[]): string => `${nfd}/pci-${ids.join('_')}.sriov.capable`,
  },
  /** Labels of this domain are taken over from whoever has them; of others' domains none is. */
  ownDomain: 'phison.com/',
  /** Domain of the labels of Node Feature Discovery. */
  nfdDomain: `${nfd}/`,
  /** How Node Feature Discovery takes labels from others (nfd.k8s-sigs.io). */
  nodeFeature: {
    group: 'nfd.k8s-sigs.io',
    version: 'v1alpha1',
    /** Label of a NodeFeature: the Node it is about. */
    nodeName: 'nfd.node.kubernetes.io/node-name',
    /** Annotation of a Node whose labels Node Feature Discovery writes. */
    featureLabels: 'nfd.node.kubernetes.io/feature-labels',
    /** Features for its rules. */
    feature: { ai100: 'phison.ai100', cxi: 'phison.cxi', pmem: 'phison.pmem' },
  },
  /** In `status.capacity` of a Node. */
  resource: {
    /** Persistent memory of all regions in units of 10^9 bytes; only if it is asked for. */
    pmemGB: 'phison.com/pmem-gb',
  },
  annotation: {
    /** The AI100 disks as JSON: serial, firmware and size. */
    ai100Devices: 'phison.com/ai100.devices',
    /** Digest of what was last published, and when it last changed. */
    hash: 'phison.com/discovery.hash',
    time: 'phison.com/discovery.time',
  },
  event: {
    /** A label of another's domain has another value from somebody else. */
    labelConflict: 'LabelConflict',
  },
  metric: {
    labels: 'node_discovery_labels',
    withheld: 'node_discovery_withheld_labels',
    passes: 'node_discovery_passes_total',
    writes: 'node_discovery_writes_total',
    publications: 'node_discovery_publications_total',
    lastPublication: 'node_discovery_last_publication_timestamp_seconds',
  },
} as const;
