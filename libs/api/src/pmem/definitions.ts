import { pmem } from '@rackwright/keys';
import type { Definition, DefinitionVersion, PrinterColumn } from '../crd/definition.ts';
import { driverNameRule } from './deployment-rules.ts';
import { pmemCsiDeploymentSpecSchema } from './deployment-schema.ts';
import { pmemCsiDeploymentStatusSchema } from './deployment-status-schema.ts';
import { olderNameRules, olderUpdateRules } from './older-deployment-rules.ts';
import { pmemDeploymentSpecSchema } from './older-deployment-schema.ts';
import { pmemCsiDeployments, pmemDeployments } from './resources.ts';

function column(
  name: string,
  jsonPath: string,
  description: string,
  type: PrinterColumn['type'] = 'string',
): PrinterColumn {
  return { name, type, jsonPath, description };
}

const age = column('Age', '.metadata.creationTimestamp', 'When the object was created.', 'date');

const deploymentVersion: DefinitionVersion = {
  name: pmem.version,
  description:
    'PmemCSIDeployment is one CSI driver, called as it is, that makes volumes of the persistent memory of nodes.',
  spec: { schema: pmemCsiDeploymentSpecSchema, description: 'What is wanted.', required: false },
  status: { schema: pmemCsiDeploymentStatusSchema, description: 'What was found. Written by the operator.' },
  columns: [
    column('DeviceMode', '.spec.deviceMode', 'How volumes are made, where the spec says so.'),
    column('NodeSelector', '.spec.nodeSelector', 'Nodes of the driver, where the spec says so.'),
    column('Image', '.spec.image', 'Image of the driver, where the spec says so.'),
    column('Status', '.status.phase', 'Where the deployment stands.'),
    age,
  ],
  rules: [driverNameRule],
};

/** With the columns of the first operator, which had no others; more with -o wide. */
const olderVersion: DefinitionVersion = {
  name: pmem.olderVersion,
  description:
    'Deployment is one CSI driver that makes volumes of the persistent memory of nodes, with a controller that asks the nodes for them.',
  spec: { schema: pmemDeploymentSpecSchema, description: 'What is wanted.', required: false },
  status: { schema: pmemCsiDeploymentStatusSchema, description: 'What was found. Written by the operator.' },
  columns: [
    { ...column('Status', '.status.phase', 'Where the deployment stands.'), priority: 1 },
    { ...column('Reason', '.status.reason', 'The same for people.'), priority: 1 },
    age,
  ],
  rules: [...olderNameRules, ...olderUpdateRules],
};

/** The kinds of the family. */
export const pmemDefinitions: readonly Definition[] = [
  {
    ...{ family: 'pmem', resource: pmemCsiDeployments },
    ...{ shortNames: ['pcd'], categories: ['pmem'], versions: [deploymentVersion] },
  },
  {
    ...{ family: 'pmem', resource: pmemDeployments },
    // kubectl's own `deploy` is that of apps.
    ...{ shortNames: [], categories: ['pmem'], versions: [olderVersion] },
  },
];
