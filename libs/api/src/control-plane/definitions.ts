import type { Definition, DefinitionVersion } from '../crd/definition.ts';
import { leaderTerms } from './resources.ts';
import { leaderTermSpecSchema } from './term-schema.ts';

const termVersion: DefinitionVersion = {
  name: leaderTerms.version,
  description:
    'LeaderTerm says which replica of an operator leads. The leader writes it when it has got the Lease; an admission policy refuses the writes of all others by it.',
  spec: { schema: leaderTermSpecSchema, description: 'Who leads.', required: true },
  columns: [
    { name: 'Holder', type: 'string', jsonPath: '.spec.holderIdentity', description: 'Who leads.' },
    { name: 'Since', type: 'date', jsonPath: '.spec.acquireTime', description: 'When it took the lead.' },
  ],
};

/** The kinds that serve every family. */
export const controlPlaneDefinitions: readonly Definition[] = [
  {
    family: 'control-plane',
    resource: leaderTerms,
    shortNames: [],
    categories: [],
    versions: [termVersion],
  },
];
