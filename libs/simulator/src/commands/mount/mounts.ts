import type { HostContext } from '../../host/hardware.ts';
import { ModelledHardware } from '../../host/modelled-hardware.ts';
import { changeMounts } from './change-mounts.ts';
import { atStart, type MountTable, mountModel } from './mount-table.ts';

/** What is mounted on a host; nothing any more when it loses its power. */
export class Mounts extends ModelledHardware<MountTable> {
  readonly #root: HostContext['root'];

  constructor(host: HostContext) {
    super(host, mountModel, atStart);
    this.#root = host.root;
  }

  override powerOff(): void {
    changeMounts(this.#root, ({ projects }) => ({ ...atStart, ...(projects && { projects }) }));
  }
}
