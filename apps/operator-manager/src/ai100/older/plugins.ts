import {
  type AidaptivCacheSpecInput,
  type PhisonDeviceOperatorSpec,
  type PhisonPluginContainer,
  type PhisonPluginPod,
  parsePhisonPluginPod,
} from '@rackwright/api';
import { errorMessage } from '@rackwright/core';
import { fieldsOfArguments } from './older-flags.ts';

type Plugin = NonNullable<PhisonDeviceOperatorSpec['plugins']>[number];
/** Notes what of a plugin nobody runs. */
type Tell = (why: string) => void;

/** What a PhisonDeviceOperator comes to. */
export interface Translation {
  /** Of the AidaptivCache; undefined when no plugin is a device plugin. */
  readonly spec: AidaptivCacheSpecInput | undefined;
  /** What of its plugins nobody runs, each as a sentence that names it. */
  readonly unsupported: readonly string[];
}

/** Every agent is given it. */
const nodeName = 'NODE_NAME';

/** Takes the plugins of a PhisonDeviceOperator over into the spec of an AidaptivCache. */
export function translate({ plugins = [] }: PhisonDeviceOperatorSpec): Translation {
  const unsupported: string[] = [];
  let spec: AidaptivCacheSpecInput | undefined;
  plugins.forEach((plugin, i) => {
    const tell: Tell = (why) => unsupported.push(`plugins[${i}] ${plugin.pluginname}: ${why}`);
    const found = specOf(plugin, spec !== undefined, tell);
    spec ??= found;
  });
  return { spec, unsupported };
}

/** What one plugin says of the AidaptivCache; undefined for nothing. */
function specOf(
  { pluginname, pluginspec }: Plugin,
  hasDevicePlugin: boolean,
  tell: Tell,
): AidaptivCacheSpecInput | undefined {
  const isDevicePlugin = pluginname.includes('device-plugin');
  if (!isDevicePlugin && !pluginname.includes('node-discovery')) {
    tell('only plugins with device-plugin or node-discovery in their name are run');
    return undefined;
  }
  if (isDevicePlugin && hasDevicePlugin) {
    tell('there is one device plugin, and an entry before this one says how it runs');
    return undefined;
  }
  const pod = parsePhisonPluginPod(pluginspec);
  if (!pod.ok) {
    tell(errorMessage(pod.error));
    return undefined;
  }
  const container = firstContainer(pod.value, tell);
  if (container === undefined) return undefined;
  if (isDevicePlugin) return devicePluginSpec(container, tell);
  tellOfDiscovery(container, tell);
  return undefined;
}

/** The older operator ran whole pods; what of one has no place any more is told. */
function firstContainer(
  { containers, initContainers }: PhisonPluginPod,
  tell: Tell,
): PhisonPluginContainer | undefined {
  const [first, ...others] = containers;
  for (const { name } of [...initContainers, ...others])
    tell(`its container ${name} is not run; only the first container is taken over`);
  if (first === undefined) tell('pluginspec.containers: it has no container');
  else if (first.command.length > 0) tell('its command has no effect, for the image has its own');
  if (first !== undefined && first.envFrom.length > 0)
    tell('envFrom has no effect; only variables with a value are taken over');
  return first;
}

function devicePluginSpec(
  { image, args, resources, env }: PhisonPluginContainer,
  tell: Tell,
): AidaptivCacheSpecInput {
  const own = env.filter(({ name }) => name !== nodeName);
  for (const { name, valueFrom } of own)
    if (valueFrom !== undefined) tell(`the variable ${name} has no value of its own, and is not taken over`);
  const variables = own.flatMap(({ name, value, valueFrom }) =>
    valueFrom === undefined ? [{ name, value: value ?? '' }] : [],
  );
  return {
    ...fieldsOfArguments(args),
    devicePlugin: {
      ...(image && { image }),
      ...(args.length > 0 && { arguments: args }),
      ...(variables.length > 0 && { env: variables }),
      // Whatever its user wrote: the whole spec is checked once it is put together.
      ...(resources && { resources }),
    },
  };
}

/** It comes with the chart: it finds the nodes before there is an AidaptivCache. */
function tellOfDiscovery({ image, args, resources, env }: PhisonPluginContainer, tell: Tell): void {
  const said = [
    ...(image ? ['image as nodeDiscovery.image.repository and .tag'] : []),
    ...(args.length > 0 ? ['args as nodeDiscovery.extraArgs'] : []),
    ...(Object.keys(resources ?? {}).length > 0 ? ['resources as nodeDiscovery.resources'] : []),
    ...(env.some(({ name }) => name !== nodeName) ? ['env as nodeDiscovery.extraEnv'] : []),
  ];
  if (said.length > 0)
    tell(`node-discovery comes with the chart aidaptivcache-operator: set its ${said.join(', ')}`);
}
