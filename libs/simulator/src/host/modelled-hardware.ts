import { HwError } from '@rackwright/core';
import type { Drivers, Hardware, HostContext, ModuleChange } from './hardware.ts';
import { changeModules, changeState, type HardwareModel, keepState, readState, startModel } from './model.ts';

/** The hardware of one kind in one host, where it is a model. Kinds add their actions. */
export class ModelledHardware<State> implements Hardware {
  readonly #host: HostContext;
  readonly #model: HardwareModel<State>;
  readonly #atFirst: State | undefined;

  /** @param atFirst undefined if the host has no such hardware */
  constructor(host: HostContext, model: HardwareModel<State>, atFirst: State | undefined) {
    this.#host = host;
    this.#model = model;
    this.#atFirst = atFirst;
  }

  /**
   * What the hardware is now, programs of the host included.
   *
   * @throws HwError NotFound if the host has none
   */
  get state(): State {
    const { found } = this;
    if (found === undefined) throw new HwError('NotFound', `this host has no ${this.#model.name}`);
    return found;
  }

  /** As `state`; undefined if the host has no such hardware. */
  get found(): State | undefined {
    return readState(this.#host.root, this.#model);
  }

  async start(): Promise<void> {
    if (this.#atFirst === undefined) return;
    const { root, numaNodes } = this.#host;
    const state = this.found ?? this.#atFirst;
    this.occupy(state);
    startModel(root, this.#model, state, { numaNodes, modules: this.#host.modules() });
  }

  powerOff(): void {
    keepState(this.#host.root, this.#model, (state) => this.atReboot(state));
  }

  /** Takes the places in the host that the hardware needs; a kind that needs some says which. */
  protected occupy(_state: State): void {}

  /** What is different when the machine starts again. */
  protected atReboot(state: State): State {
    return state;
  }

  protected change(change: (state: State) => State): void {
    changeState(this.#host.root, this.#model, change);
  }
}

/** What drivers do with hardware that is a model. */
export function modelDrivers<State>(model: HardwareModel<State>): Pick<Drivers, 'unbind' | 'bind'> {
  const kept = ({ before, after }: ModuleChange): string[] => before.filter((one) => after.includes(one));
  return {
    unbind: (change) => changeModules(change.root, model, change.before, kept(change)),
    bind: (change) => changeModules(change.root, model, kept(change), change.after),
  };
}
