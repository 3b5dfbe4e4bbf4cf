import { ais } from '@rackwright/keys';
import type { Definition, DefinitionVersion, PrinterColumn } from '../crd/definition.ts';
import { aistoreSpecSchema } from './aistore-schema.ts';
import { aistoreStatusSchema } from './aistore-status-schema.ts';
import { aistoreAuthProfileSpecSchema } from './auth-profile-schema.ts';
import { aistoreAuthSpecSchema, aistoreAuthStatusSchema } from './auth-schema.ts';
import { aistoreConversion } from './conversion.ts';
import { olderAistoreSpecSchema, olderAistoreStatusSchema } from './older-aistore-schema.ts';
import { aistoreAuthProfiles, aistoreAuths, aistores } from './resources.ts';

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

const state = column('State', '.status.state', 'Where the cluster stands.');
const age = column('Age', '.metadata.creationTimestamp', 'When the object was created.', 'date');
const wanted = 'What is wanted.';
const found = 'What was found. Written by the operator.';

/** The first columns are those of the older operator. */
const aistoreVersion: DefinitionVersion = {
  name: ais.version,
  description:
    'AIStore is one cluster of AIStore: proxies, which clients talk to, and targets, which have the objects.',
  spec: { schema: aistoreSpecSchema, description: wanted, required: true },
  status: { schema: aistoreStatusSchema, description: found },
  scale: {
    specReplicasPath: '.spec.size',
    statusReplicasPath: '.status.replicas',
    labelSelectorPath: '.status.selector',
  },
  columns: [
    state,
    age,
    column(
      'Size',
      '.spec.size',
      'Proxies and targets wanted, where a role has no size of its own.',
      'integer',
    ),
    column('Proxies', '.status.proxies.ready', 'Proxies that are ready.', 'integer'),
    column('Targets', '.status.targets.ready', 'Targets that are ready.', 'integer'),
    wide('Image', '.spec.nodeImage', 'Image of AIStore.'),
    wide('URL', '.status.intraClusterURL', 'URL of the cluster in Kubernetes.'),
    wide('Message', '.status.conditions[?(@.type=="Ready")].message', 'State, for people.'),
  ],
};

const olderVersion: DefinitionVersion = {
  name: ais.olderVersion,
  description:
    'AIStore as the first operator had it. It is kept as v1beta1; what one of both cannot say is in an annotation.',
  spec: { schema: olderAistoreSpecSchema, description: wanted, required: true },
  status: { schema: olderAistoreStatusSchema, description: found },
  columns: [state, age],
};

const authVersion: DefinitionVersion = {
  name: ais.authVersion,
  description: 'AIStoreAuth is one AuthN, which knows users and gives tokens for clusters of AIStore.',
  spec: { schema: aistoreAuthSpecSchema, description: wanted, required: true },
  status: { schema: aistoreAuthStatusSchema, description: found },
  columns: [
    column('Ready', '.status.conditions[?(@.type=="Ready")].status', 'Whether AuthN is ready.'),
    wide('Reason', '.status.conditions[?(@.type=="Ready")].reason', 'Why it is or is not.'),
    column('URL', '.status.serviceURL', 'URL of AuthN in Kubernetes.'),
    age,
    wide('Message', '.status.conditions[?(@.type=="Ready")].message', 'The same for people.'),
  ],
};

const profileVersion: DefinitionVersion = {
  name: ais.authVersion,
  description:
    'AIStoreAuthProfile says where and how the operator logs in for clusters that want tokens. An AIStore may name it whose author has the right to use it.',
  spec: { schema: aistoreAuthProfileSpecSchema, description: wanted, required: true },
  columns: [age],
};

const categories = ['ais'];

/** The kinds of the family. */
export const aisDefinitions: readonly Definition[] = [
  {
    ...{ family: 'ais', resource: aistores, shortNames: [], categories },
    versions: [aistoreVersion, olderVersion],
    conversions: [aistoreConversion],
  },
  {
    ...{ family: 'ais', resource: aistoreAuths, shortNames: ['aisauth'], categories },
    versions: [authVersion],
  },
  {
    ...{ family: 'ais', resource: aistoreAuthProfiles, shortNames: ['aisauthprofile'], categories },
    versions: [profileVersion],
  },
];
