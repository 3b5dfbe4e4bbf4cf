import type { DeviceMode } from '../volumes/model.ts';
import type { DeviceManager } from './device-manager.ts';

/** The device managers of a node, each made once: volumes of a mode that is no longer set are served on. */
export class DeviceManagers {
  readonly #make: (mode: DeviceMode) => Promise<DeviceManager>;
  readonly #made = new Map<DeviceMode, Promise<DeviceManager>>();
  /** What new volumes are made with. */
  readonly mode: DeviceMode;

  constructor(mode: DeviceMode, make: (mode: DeviceMode) => Promise<DeviceManager>) {
    this.mode = mode;
    this.#make = make;
  }

  get current(): Promise<DeviceManager> {
    return this.of(this.mode);
  }

  /** One that could not be made is tried anew the next time. */
  of(mode: DeviceMode): Promise<DeviceManager> {
    const made = this.#made.get(mode) ?? this.#make(mode);
    this.#made.set(mode, made);
    made.catch(() => this.#made.delete(mode));
    return made;
  }
}
