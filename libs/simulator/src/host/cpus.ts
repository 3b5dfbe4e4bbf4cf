/** Cores per NUMA node; each has a second thread numbered after all first ones. */
const CORES = 16;

/** The kernel's list of a node's CPUs, e.g. `32-47,96-111` for node 2 of 4. */
export function nodeCpuList(node: number, nodes: number): string {
  const first = node * CORES;
  const sibling = nodes * CORES + first;
  return `${first}-${first + CORES - 1},${sibling}-${sibling + CORES - 1}`;
}

/** CPUs near a device: those of its node, or all when it has none. */
export function localCpuList(node: number, nodes: number): string {
  return node < 0 || node >= nodes ? `0-${2 * nodes * CORES - 1}` : nodeCpuList(node, nodes);
}

/** The same CPUs as the kernel's mask: 32-bit hex words, highest first. */
export function cpuMask(list: string, nodes: number): string {
  const words = new Array<number>(nodes).fill(0);
  for (const range of list.split(',')) {
    const [from = 0, to = from] = range.split('-').map(Number);
    for (let cpu = from; cpu <= to; cpu++) {
      const word = Math.floor(cpu / 32);
      words[word] = ((words[word] ?? 0) | (1 << (cpu % 32))) >>> 0;
    }
  }
  return words
    .reverse()
    .map((word) => word.toString(16).padStart(8, '0'))
    .join(',');
}
