import {
  type CdiState,
  cdiObstacle,
  ResourceProfile,
  type ResourceProfileOptions,
} from '@rackwright/kubelet';
import { allocateResponse } from './allocate-response.ts';
import { type AllocateMode, noun } from './model.ts';

/** What one resource of NICs is made of. */
export interface CxiProfileOptions extends Omit<ResourceProfileOptions, 'noun' | 'respond' | 'obstacle'> {
  readonly allocateMode: AllocateMode;
  readonly nodeRoot: string;
  /** The CDI specification in force; needed in the CDI modes. */
  readonly cdi?: CdiState;
}

/** Slingshot NICs as one extended resource of the kubelet. */
export function cxiProfile(options: CxiProfileOptions): ResourceProfile {
  const { plan, allocateMode: mode, nodeRoot, cdi, ...rest } = options;
  return new ResourceProfile({
    ...rest,
    plan,
    noun,
    ...(cdi && { obstacle: cdiObstacle(cdi) }),
    respond: (ids) => {
      const edits = mode === 'cdi-inline' ? cdi?.published.value?.containerEdits : undefined;
      return allocateResponse(ids, { mode, nodeRoot, resource: plan.resource, ...(edits && { edits }) });
    },
  });
}
