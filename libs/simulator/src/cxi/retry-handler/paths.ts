/** Where things of one NIC are, as paths of this machine. */
export interface HandlerPaths {
  /** The folder that stands for the node's `/`. */
  readonly simRoot: string;
  readonly device: string;
  readonly node: string;
  readonly pctEq: string;
  /** The hold of the process that serves the NIC: the kernel's one-handler rule. */
  readonly hold: string;
  /** How the double shall misbehave, if at all. */
  readonly behaviour: string;
  readonly scratch: string;
}

export function handlerPaths(simRoot: string, device: string): HandlerPaths {
  const folder = `${simRoot}/sys/class/cxi/${device}/device`;
  return {
    simRoot,
    device: folder,
    node: `${simRoot}/dev/${device}`,
    pctEq: `${folder}/properties/pct_eq`,
    hold: `${simRoot}/.simulator/cxi_rh/${device}`,
    behaviour: `${simRoot}/.simulator/cxi_rh/${device}.json`,
    scratch: `${simRoot}/.simulator/cxi_rh/.${device}`,
  };
}
