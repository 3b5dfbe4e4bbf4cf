import { cxi } from '@rackwright/keys';
import type { Definition, DefinitionVersion, PrinterColumn } from '../crd/definition.ts';
import { cxiDeviceSpecSchema, cxiDeviceStatusSchema } from './device-schema.ts';
import { cxiDriverSpecSchema } from './driver-schema.ts';
import { cxiDriverStatusSchema } from './driver-status-schema.ts';
import { cxiDevices, cxiDrivers } from './resources.ts';

const age: PrinterColumn = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'When the object was created.',
};

/** What is older than a quarter of an hour may be out of date: nobody is there to say so. */
function checked(jsonPath: string, description: string): PrinterColumn {
  return { name: 'Checked', type: 'date', jsonPath, description };
}

function wide(
  name: string,
  jsonPath: string,
  description: string,
  type: PrinterColumn['type'] = 'string',
): PrinterColumn {
  return { name, type, jsonPath, description, priority: 1 };
}

/** The first columns are those of the older operator, here and below. */
const driverVersion: DefinitionVersion = {
  name: cxi.version,
  description:
    'CXIDriver says how the HPE Slingshot NICs of a set of nodes are driven, kept healthy, offered to pods and measured. One CXIDriver is active in a cluster: the oldest.',
  spec: { schema: cxiDriverSpecSchema, description: 'What is wanted.', required: true },
  status: { schema: cxiDriverStatusSchema, description: 'What was found. Written by the operator.' },
  columns: [
    { name: 'Version', type: 'string', jsonPath: '.spec.version', description: 'Driver version wanted.' },
    { name: 'Ready', type: 'integer', jsonPath: '.status.ready', description: 'Nodes that are ready.' },
    { name: 'Updating', type: 'integer', jsonPath: '.status.updating', description: 'Nodes not there yet.' },
    { name: 'Failed', type: 'integer', jsonPath: '.status.failed', description: 'Nodes that failed.' },
    age,
    checked('.status.lastHeartbeatTime', 'How long ago the operator said that it looks after the driver.'),
    wide('Nodes', '.status.nodes', 'Nodes the driver is meant for.', 'integer'),
    wide('Source', '.spec.source.type', 'Where the driver comes from.'),
    wide('Retry-Handler', '.status.retryHandlerMode', 'Who runs the retry handlers.'),
    wide('State', '.status.conditions[?(@.type=="Ready")].reason', 'Where the driver stands.'),
    wide('Message', '.status.conditions[?(@.type=="Ready")].message', 'The same for people.'),
  ],
  rules: [
    {
      cel: 'self.metadata.name.size() <= 63',
      message:
        'metadata.name must have at most 63 characters, since it becomes a label of everything that belongs to the driver',
    },
  ],
};

const deviceVersion: DefinitionVersion = {
  name: cxi.version,
  description:
    'CXIDevice is one HPE Slingshot NIC of one node. The driver agent of that node creates it, keeps its status and deletes it when the NIC is gone.',
  spec: {
    schema: cxiDeviceSpecSchema,
    description: 'What is wanted of the NIC, written by people; everything else is found.',
    required: false,
  },
  status: {
    schema: cxiDeviceStatusSchema,
    description: 'What the driver agent found.',
  },
  selectableFields: ['.status.node', '.status.device', '.status.health.status'],
  columns: [
    { name: 'Node', type: 'string', jsonPath: '.status.node', description: 'Node the NIC is in.' },
    { name: 'Device', type: 'string', jsonPath: '.status.device', description: 'Name of the NIC.' },
    { name: 'NUMA', type: 'integer', jsonPath: '.status.numaNode', description: 'NUMA node of the NIC.' },
    { name: 'Switch', type: 'integer', jsonPath: '.status.switchID', description: 'Switch of the NIC.' },
    { name: 'Link', type: 'string', jsonPath: '.status.linkState', description: 'State of the link.' },
    { name: 'Health', type: 'string', jsonPath: '.status.health.status', description: 'Health of the NIC.' },
    age,
    checked('.status.health.lastCheck', 'How long ago the NIC was last looked at.'),
    {
      name: 'Unschedulable',
      type: 'boolean',
      jsonPath: '.spec.unschedulable',
      description: 'Whether the NIC was taken out of service.',
    },
    wide('Type', '.status.type', 'Physical or virtual function.'),
    wide('NID', '.status.nid', 'Fabric address.', 'integer'),
    wide('Speed', '.status.linkSpeed', 'Speed of the link.'),
    wide('PCI', '.status.pciAddress', 'PCI address.'),
    wide('Netdev', '.status.netdev', 'Ethernet interface.'),
    wide('Driver', '.status.driverVersion', 'Version the kernel driver reports.'),
    wide('Retry-Handler', '.status.retryHandler.state', 'State of the retry handler.'),
    wide('Message', '.status.health.message', 'Why the health is what it is.'),
  ],
};

const cxiDriverDefinition: Definition = {
  family: 'cxi',
  resource: cxiDrivers,
  shortNames: ['cxid'],
  categories: ['slingshot'],
  versions: [driverVersion],
};

const cxiDeviceDefinition: Definition = {
  family: 'cxi',
  resource: cxiDevices,
  shortNames: ['cxidev'],
  categories: ['slingshot'],
  versions: [deviceVersion],
};

/** The kinds of the family. */
export const cxiDefinitions: readonly Definition[] = [cxiDriverDefinition, cxiDeviceDefinition];
