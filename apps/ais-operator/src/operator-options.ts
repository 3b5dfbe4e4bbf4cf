import { connectionOptions, controllerOptions, leaderOptions, type ManagerConfig } from '@rackwright/manager';
import { type ConfigOf, defineOptions } from '@rackwright/service';
import { serverOptions } from '@rackwright/web';
import { controllers } from './controllers.ts';
import { sharedOptions } from './options.ts';

/** Options of the operator, those of its controllers included. */
export const operatorOptions = defineOptions({
  ...connectionOptions,
  ...serverOptions,
  ...leaderOptions,
  ...sharedOptions,
  ...controllerOptions(controllers),
});

/** What the flags of the operator say. */
export type OperatorConfig = Omit<ConfigOf<typeof operatorOptions>, 'controllers'> & ManagerConfig;
