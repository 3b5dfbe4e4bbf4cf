/** A module of persistent memory of a guest: a region of its own to the kernel, for QEMU interleaves none. */
export interface NvdimmSpec {
  /** Its name to QEMU: letters, digits, hyphens. */
  readonly name: string;
  /** What the guest sees, a multiple of 16 MiB. */
  readonly sizeBytes: number;
}

/** Room at the end of its file for labels, in which the kernel keeps what namespaces there are. */
const labelMiB = 2;
const mebibyte = 1024 ** 2;

/** Bytes of its file: labels are in it, so they survive a power loss as the memory does. */
export function nvdimmFileBytes({ sizeBytes }: NvdimmSpec): number {
  return sizeBytes + labelMiB * mebibyte;
}

/** Settings of the machine that has these modules. */
export function nvdimmMachine(nvdimms: readonly NvdimmSpec[], memoryMiB: number) {
  if (nvdimms.length === 0) return { machine: 'q35', memory: String(memoryMiB) };
  // Each is put at an address of its own alignment, up to a GiB further on.
  const most = nvdimms.reduce((sum, one) => sum + nvdimmFileBytes(one) / mebibyte + 1024, memoryMiB);
  return { machine: 'q35,nvdimm=on', memory: `${memoryMiB},slots=${nvdimms.length},maxmem=${most}M` };
}

/** QEMU's arguments for one; `file` is quoted as a value. */
export function nvdimmArguments(spec: NvdimmSpec, file: string): string[] {
  const memory = `id=memory-${spec.name},share=on,size=${nvdimmFileBytes(spec)},mem-path=${file}`;
  return [
    ...['-object', `memory-backend-file,${memory}`],
    ...['-device', `nvdimm,id=${spec.name},memdev=memory-${spec.name},label-size=${labelMiB}M`],
  ];
}
