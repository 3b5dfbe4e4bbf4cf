import { options as plugin } from '../../../apps/ai100-device-plugin/src/options/index.ts';
import { options as exporter } from '../../../apps/nvme-exporter/src/options.ts';

/** Where admission has the flags of the AI100 agents from: a library cannot import an app. */
export const agentFlagsFile = 'libs/api/src/ai100/agent-flags.ts';

/** The flags of the agents that an AidaptivCache may give `arguments`. */
export function agentFlagFiles(): [string, string][] {
  const text = [
    '// Generated from the options of the apps by `npm run generate`. Do not edit.',
    constant('Flags that ai100-device-plugin takes.', 'devicePluginFlags', plugin),
    constant('Flags that nvme-exporter takes.', 'exporterFlags', exporter),
  ].join('\n\n');
  return [[agentFlagsFile, `${text}\n`]];
}

function constant(
  comment: string,
  name: string,
  options: Readonly<Record<string, { flag: string }>>,
): string {
  const flags = Object.values(options)
    .map(({ flag }) => `  '${flag}',`)
    .sort();
  return [`/** ${comment} */`, `export const ${name}: readonly string[] = [`, ...flags, '];'].join('\n');
}
