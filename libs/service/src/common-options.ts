import { logLevels } from './logger.ts';
import { defineOptions } from './option-spec.ts';

/** What every app accepts; `runService` adds them to an app's own. */
export const commonOptions = defineOptions({
  logLevel: {
    flag: 'log-level',
    env: 'LOG_LEVEL',
    type: 'string',
    default: 'info',
    choices: logLevels,
    description: 'Least important log lines that are written.',
  },
  config: {
    flag: 'config',
    env: 'CONFIG_FILE',
    type: 'string',
    description: 'JSON file with the same options by flag name; flags and environment win over it.',
  },
});

/** What every node agent accepts beside them. */
export const agentOptions = defineOptions({
  ...commonOptions,
  hostRoot: {
    flag: 'host-root',
    env: 'HOST_ROOT',
    type: 'string',
    default: '/',
    description: "Where the host's / is mounted in the container.",
  },
  nodeName: {
    flag: 'node-name',
    env: 'NODE_NAME',
    type: 'string',
    description: 'Name of the Node this agent runs on.',
  },
});
