import { cxiDrivers } from '@rackwright/api';
import type { RemovedKind } from '../../removal/removed-kind.ts';
import { nameOf } from '../manifests/identity.ts';
import { type Plan, planDeletion } from '../plan.ts';
import { recordedDriver } from '../singleton.ts';
import { driverOf } from '../snapshot.ts';
import { carryOut } from '../steps.ts';
import { takeBackRest } from './rest.ts';
import { type DriverRemovalState, readState } from './state.ts';

/** How CXIDrivers are taken away without their operator. */
export const removedDrivers: RemovedKind<DriverRemovalState, Plan> = {
  type: cxiDrivers,
  logField: 'cxidriver',
  readState,
  agentsOf: (driver, { daemonSets }) =>
    daemonSets.filter((daemonSet) => driverOf(daemonSet).includes(nameOf(driver))),
  plan: (driver, { record, daemonSets }, { namespace }) => {
    const name = nameOf(driver);
    const own = daemonSets.filter((daemonSet) => driverOf(daemonSet).includes(name));
    return planDeletion(
      driver,
      { name, record, recorded: recordedDriver(record), daemonSets: own },
      { namespace },
    );
  },
  carryOut,
  takeBackRest: (client, _scope, signal) => takeBackRest(client, signal),
};
