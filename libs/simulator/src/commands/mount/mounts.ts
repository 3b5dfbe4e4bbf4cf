import type { HostContext } from '../../host/hardware.ts';
import { changeState } from '../../host/model.ts';
import { ModelledHardware } from '../../host/modelled-hardware.ts';
import { atStart, type MountTable, mountModel } from './mount-table.ts';
import { settle } from './placement.ts';

/** What is mounted on a host; nothing any more when it loses its power. */
export class Mounts extends ModelledHardware<MountTable> {
  readonly #root: HostContext['root'];

  constructor(host: HostContext) {
    super(host, mountModel, atStart);
    this.#root = host.root;
  }

  override powerOff(): void {
    settle(
      this.#root,
      changeState(this.#root, mountModel, () => atStart),
    );
  }
}
