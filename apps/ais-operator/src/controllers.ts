import { aistoreRegistration } from './aistore/controller.ts';

/** Every controller by the name `--controllers` picks it with. */
export const controllers = { aistore: aistoreRegistration };
