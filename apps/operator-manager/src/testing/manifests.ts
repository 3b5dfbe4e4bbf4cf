import type { CxiDriver } from '@rackwright/api';
import type { KubeObject } from '@rackwright/kube';
import { wantedAgents } from '../cxidriver/manifests/index.ts';
import type { CxiSettings } from '../cxidriver/settings.ts';

/** Everything that shall exist for a CXIDriver. */
export function manifests(driver: CxiDriver, settings: CxiSettings): KubeObject[] {
  return wantedAgents(driver, settings).flatMap(({ objects }) => objects);
}
