import {
  freeInstance,
  type NvmeController,
  type NvmeState,
  newController,
  wellBehaved,
} from './controller.ts';

/** How long a drive is being reset. */
export const RESET_MS = 300;

/** With one controller changed. */
export function withChange(
  state: NvmeState,
  id: number,
  change: (controller: NvmeController) => Partial<NvmeController>,
): NvmeState {
  const controllers = state.controllers.map((one) => (one.id === id ? { ...one, ...change(one) } : one));
  return { ...state, controllers };
}

/** A reset begins; the kernel allows it from new and live only (nvme_change_ctrl_state). */
export function resetBegins(state: NvmeState, id: number): NvmeState {
  return withChange(state, id, (one) => (canBeReset(one) ? { state: 'resetting' } : {}));
}

export function canBeReset({ state, presence }: NvmeController): boolean {
  return presence === 'bound' && (state === 'new' || state === 'live');
}

/** A reset has taken its time. Namespaces are looked for as well. */
export function resetEnds(state: NvmeState, id: number): NvmeState {
  return withChange(state, id, (one) => {
    if (one.state !== 'resetting') return {};
    switch (one.cures.reset) {
      case 'heals':
        return { state: 'live', admin: wellBehaved, ...scanned(one) };
      case 'useless':
        return { state: 'live' };
      case 'kills':
        return { state: 'dead' };
      case 'hangs':
        return {};
    }
  });
}

/** The kernel looks for the namespaces of a controller; it does only where that is live. */
export function scanNamespaces(state: NvmeState, id: number): NvmeState {
  return withChange(state, id, (one) => (one.state === 'live' ? scanned(one) : {}));
}

function scanned({ cures, lost }: NvmeController): Pick<NvmeController, 'lost'> {
  return { lost: cures.scan === 'heals' ? [] : lost };
}

/** The kernel lets go of a PCI device; the drive stays in its slot. */
export function removeDevice(state: NvmeState, id: number): NvmeState {
  return withChange(state, id, () => ({ presence: 'removed' }));
}

/** The kernel looks for PCI devices it does not have, and their driver for drives. */
export function rescanBus(state: NvmeState, driverLoaded: boolean): NvmeState {
  return state.controllers
    .filter(({ presence }) => presence === 'removed')
    .reduce((now, { id }) => probe(now, id, driverLoaded), state);
}

export function unbindDriver(state: NvmeState, id: number): NvmeState {
  return withChange(state, id, ({ presence }) => (presence === 'bound' ? { presence: 'unbound' } : {}));
}

/** The driver is bound to a device that has none. */
export function bindDriver(state: NvmeState, id: number): NvmeState {
  const unbound = state.controllers.some((one) => one.id === id && one.presence === 'unbound');
  return unbound ? probe(state, id, true) : state;
}

/** All drives are found anew: numbers are given in the order of the list. */
export function startAgain(state: NvmeState): NvmeState {
  const off: NvmeState = {
    ...state,
    controllers: state.controllers.map((one) => ({ ...one, presence: 'removed' })),
  };
  return rescanBus(off, true);
}

/** What is found in the slot of a drive. */
function probe(state: NvmeState, id: number, driverLoaded: boolean): NvmeState {
  const found = state.controllers.find((one) => one.id === id);
  if (found === undefined || found.cures.probe === 'missing') return state;
  if (found.replacement !== undefined) return replace(state, found, found.replacement, driverLoaded);
  const bound = driverLoaded && found.cures.probe === 'heals';
  if (!bound) return withChange(state, id, () => ({ presence: 'unbound' }));
  const instance = freeInstance(state);
  return withChange(state, id, (one) => ({
    presence: 'bound',
    instance,
    state: 'live',
    admin: wellBehaved,
    ...scanned(one),
  }));
}

function replace(
  state: NvmeState,
  { id, address }: NvmeController,
  spec: NonNullable<NvmeController['replacement']>,
  driverLoaded: boolean,
): NvmeState {
  const found = newController(state, { ...spec, address });
  const presence = driverLoaded ? ('bound' as const) : ('unbound' as const);
  const controllers = state.controllers.map((one) => (one.id === id ? { ...found, presence } : one));
  return { controllers, made: state.made + 1 };
}
