import { cxi } from '@rackwright/keys';
import type { DemoFamily } from '../../demo-family.ts';
import { bringUp, unplug } from './checks.ts';
import { hints } from './hints.ts';
import { sections } from './sections.ts';

export const demo: DemoFamily = {
  hosts: {},
  values: [],
  resources: [cxi.resource.cxi],
  sections,
  checks: bringUp,
  faults: [unplug],
  hints,
};
