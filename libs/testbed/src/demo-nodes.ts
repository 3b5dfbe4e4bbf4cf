import type { HostSpec } from '@rackwright/simulator';

/** A node to simulate: its name and its hardware. */
export interface NodeSpec {
  readonly name: string;
  readonly host: HostSpec;
  readonly labels?: Readonly<Record<string, string>>;
}

/** One node with each generation of NIC and one without, as the demo and the end-to-end cases use them. */
export const demoNodes: readonly NodeSpec[] = [
  { name: 'node-c1', host: { nics: [{ generation: 1 }, { generation: 1 }], libraries: true, cxiRh: true } },
  {
    name: 'node-c2',
    host: {
      nics: [
        { generation: 2, nid: 0x50 },
        { generation: 2, nid: 0x51 },
      ],
      libraries: true,
      cxiRh: true,
    },
  },
  { name: 'node-plain', host: { nics: [], modules: [], cxiRh: true } },
];
