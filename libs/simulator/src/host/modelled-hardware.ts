import { HwError } from '@rackwright/core';
import type { Hardware, HostContext } from './hardware.ts';
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
  protected get found(): State | undefined {
    return readState(this.#host.root, this.#model);
  }

  async start(): Promise<void> {
    if (this.#atFirst === undefined) return;
    const { root, numaNodes } = this.#host;
    const state = this.found ?? this.#atFirst;
    this.occupy(state);
    startModel(root, this.#model, state, { numaNodes, modules: this.#host.modules() });
  }

  unbind(before: readonly string[], after: readonly string[]): void {
    const kept = before.filter((module) => after.includes(module));
    changeModules(this.#host.root, this.#model, before, kept);
  }

  bind(before: readonly string[], after: readonly string[]): void {
    const kept = before.filter((module) => after.includes(module));
    changeModules(this.#host.root, this.#model, kept, after);
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
