import { controllerOptions, type ManagerConfig } from '@rackwright/manager';
import { type ConfigOf, defineOptions } from '@rackwright/service';
import { controllers } from './controllers.ts';
import { sharedOptions } from './options.ts';

/** Options of the operator itself, those of its controllers included. */
export const managerOptions = defineOptions({ ...sharedOptions, ...controllerOptions(controllers) });

/** What the flags of the operator say. */
export type OperatorConfig = Omit<ConfigOf<typeof managerOptions>, 'controllers'> & ManagerConfig;
