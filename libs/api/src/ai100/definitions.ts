import { aidaptivCache } from '@rackwright/keys';
import type { Definition, DefinitionVersion, PrinterColumn } from '../crd/definition.ts';
import { namesOfVolume } from './cache-rules.ts';
import { aidaptivCacheSpecSchema } from './cache-schema.ts';
import { aidaptivCacheStatusSchema } from './cache-status-schema.ts';
import { aidaptivCacheNodeStatusSchema } from './node-schema.ts';
import { phisonDeviceOperatorSpecSchema, phisonDeviceOperatorStatusSchema } from './phison-schema.ts';
import { aidaptivCacheNodes, aidaptivCaches, phisonDeviceOperators } from './resources.ts';

function column(
  name: string,
  jsonPath: string,
  description: string,
  type: PrinterColumn['type'] = 'string',
): PrinterColumn {
  return { name, type, jsonPath, description };
}

function wide(name: string, jsonPath: string, description: string): PrinterColumn {
  return { ...column(name, jsonPath, description), priority: 1 };
}

const age = column('Age', '.metadata.creationTimestamp', 'When the object was created.', 'date');

const cacheVersion: DefinitionVersion = {
  name: aidaptivCache.version,
  description:
    'AidaptivCache says how the Phison AI100 cache SSDs of a cluster are found, made into caches, kept healthy, offered to pods and measured. There is one, named default.',
  spec: { schema: aidaptivCacheSpecSchema, description: 'What is wanted.', required: false },
  status: { schema: aidaptivCacheStatusSchema, description: 'What was found. Written by the operator.' },
  columns: [
    column('Phase', '.status.phase', 'Where the AidaptivCache stands.'),
    column('Nodes', '.status.nodes.desired', 'Nodes with AI100 drives.', 'integer'),
    column('Healthy', '.status.nodes.ready', 'Nodes on which all is ready.', 'integer'),
    column('Units', '.status.units.capacity', 'Units of all nodes.', 'integer'),
    age,
    wide('State', '.status.conditions[?(@.type=="Ready")].reason', 'Where it stands.'),
    wide('Message', '.status.conditions[?(@.type=="Ready")].message', 'The same for people.'),
  ],
  rules: [
    {
      cel: `self.metadata.name == '${aidaptivCache.name}'`,
      message: `metadata.name must be ${aidaptivCache.name}: there is one AidaptivCache in a cluster`,
    },
    namesOfVolume('volumeGroup'),
    namesOfVolume('logicalVolume'),
  ],
};

const nodeVersion: DefinitionVersion = {
  name: aidaptivCache.version,
  description:
    'AidaptivCacheNode tells of the AI100 drives and the cache of one node, whose name it has. The device plugin of that node writes it; the Node owns it.',
  status: { schema: aidaptivCacheNodeStatusSchema, description: 'What the device plugin found.' },
  columns: [
    column('Cache', '.status.cache.state', 'Where the cache stands.'),
    column('Units', '.status.units.capacity', 'Units of the node.', 'integer'),
    column('Healthy', '.status.units.healthy', 'Units that pods may get.', 'integer'),
    column('Path', '.status.cache.hostPath', 'Where the cache is mounted.'),
    column('Heartbeat', '.status.heartbeatTime', 'How long ago the agent last wrote.', 'date'),
    age,
    wide('Message', '.status.conditions[?(@.type=="CacheReady")].message', 'About the cache.'),
  ],
};

const phisonVersion: DefinitionVersion = {
  name: aidaptivCache.olderVersion,
  description:
    'PhisonDeviceOperator is what users of the older operator wrote. Its plugins are taken over into the AidaptivCache.',
  spec: { schema: phisonDeviceOperatorSpecSchema, description: 'What is wanted.', required: true },
  status: { schema: phisonDeviceOperatorStatusSchema, description: 'That of the AidaptivCache.' },
  columns: [
    column('Phase', '.status.phase', 'Phase of the AidaptivCache.'),
    column('Message', '.status.message', 'The same for people.'),
    age,
  ],
};

/** The kinds of the family. */
export const ai100Definitions: readonly Definition[] = [
  {
    ...{ family: 'ai100', resource: aidaptivCaches },
    ...{ shortNames: ['aic'], categories: ['phison'], versions: [cacheVersion] },
  },
  {
    ...{ family: 'ai100', resource: aidaptivCacheNodes },
    ...{ shortNames: ['aicn'], categories: ['phison'], versions: [nodeVersion] },
  },
  {
    ...{ family: 'ai100', resource: phisonDeviceOperators },
    // The older operator's CRD had no short name.
    ...{ shortNames: [], categories: ['phison'], versions: [phisonVersion] },
  },
];
