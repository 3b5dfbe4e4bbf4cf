import type { CxiDriver } from '@rackwright/api';

export type Condition = NonNullable<NonNullable<CxiDriver['status']>['conditions']>[number];

export function conditionOf(driver: CxiDriver, type: string): Condition | undefined {
  return driver.status?.conditions?.find((condition) => condition.type === type);
}
