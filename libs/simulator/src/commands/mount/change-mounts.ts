import type { HostRoot } from '@rackwright/host';
import { changeState } from '../../host/model.ts';
import { type MountTable, mountModel } from './mount-table.ts';
import { settle } from './placement.ts';

/**
 * Changes what is mounted on a host, and its folders with it. Both under one
 * lock: programs that mount at once would take each other's folders away.
 */
export function changeMounts(root: HostRoot, change: (before: MountTable) => MountTable): void {
  let next: MountTable | undefined;
  changeState(
    root,
    mountModel,
    (before) => {
      next = change(before);
      return next;
    },
    () => {
      if (next !== undefined) settle(root, next);
    },
  );
}
