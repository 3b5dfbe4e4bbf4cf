/** Where things of one NIC are, as paths of this machine. */
export interface HandlerPaths {
  readonly device: string;
  readonly node: string;
  readonly pctEq: string;
  /** Names the process that serves the NIC; exclusive creation is the kernel's one-handler rule. */
  readonly owner: string;
  /** How the double shall misbehave, if at all. */
  readonly behaviour: string;
  readonly scratch: string;
}

export function handlerPaths(simRoot: string, device: string): HandlerPaths {
  const folder = `${simRoot}/sys/class/cxi/${device}/device`;
  return {
    device: folder,
    node: `${simRoot}/dev/${device}`,
    pctEq: `${folder}/properties/pct_eq`,
    owner: ownerPath(simRoot, device),
    behaviour: `${simRoot}/.simulator/cxi_rh/${device}.json`,
    scratch: `${simRoot}/.simulator/cxi_rh/.${device}`,
  };
}

export function ownerPath(simRoot: string, device: string): string {
  return `${simRoot}/.simulator/cxi_rh/${device}`;
}
