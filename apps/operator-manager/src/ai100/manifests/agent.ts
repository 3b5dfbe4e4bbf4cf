import type { AidaptivCache } from '@rackwright/api';
import type { Agent } from '@rackwright/manager';
import type { Component } from '../component.ts';
import type { Ai100Settings } from '../settings.ts';

/** Builds one agent; undefined when the spec does not want it. */
export type AgentBuilder = (cache: AidaptivCache, settings: Ai100Settings) => Agent<Component> | undefined;

/** The image of the spec if it names one. */
export function imageOf(wanted: string | undefined, settings: Ai100Settings, component: Component): string {
  return wanted === undefined || wanted === '' ? settings.images[component] : wanted;
}
