import type { CxiDriver } from '@rackwright/api';
import type { Agent } from '@rackwright/manager';
import type { Component } from '../component.ts';
import type { CxiSettings } from '../settings.ts';

/** Builds one agent; undefined when the spec does not want it. */
export type AgentBuilder = (driver: CxiDriver, settings: CxiSettings) => Agent<Component> | undefined;

/** `--flag=value`, the one form that also carries empty values. */
export function flag(name: string, value: string | number | boolean): string {
  return `--${name}=${value}`;
}

/** The image of the spec if it names one. */
export function imageOf(wanted: string | undefined, settings: CxiSettings, component: Component): string {
  return wanted === undefined || wanted === '' ? settings.images[component] : wanted;
}
