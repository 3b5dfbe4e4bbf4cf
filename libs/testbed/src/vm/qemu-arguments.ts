import { type DriveSpec, driveNodes } from './drive.ts';
import { mountTags } from './initrd.ts';
import { type NvdimmSpec, nvdimmArguments, nvdimmMachine } from './nvdimm.ts';
import { agentPort } from './port-name.ts';

/** Everything QEMU is told. Paths are those of the host. */
export interface QemuSpec {
  readonly kernel: string;
  readonly initrd: string;
  readonly memoryMiB: number;
  readonly processors: number;
  readonly drives: readonly (DriveSpec & { readonly file: string })[];
  readonly nvdimms: readonly (NvdimmSpec & { readonly file: string })[];
  readonly shared: string;
  readonly console: string;
  readonly controlSocket: string;
  readonly agentSocket: string;
}

/**
 * All that can be emulated but what makes an emulated processor slow: QEMU writes
 * strings of bytes one by one, forgets every address at a change of a protection
 * key, and walks five levels of pages.
 */
const processor = 'max,erms=off,fsrm=off,pku=off,la57=off,smap=off';

/** Arguments of QEMU for a machine without network and screen, which runs wherever a program runs. */
export function qemuArguments(spec: QemuSpec): string[] {
  const { machine, memory } = nvdimmMachine(spec.nvdimms, spec.memoryMiB);
  return [
    ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none'],
    ...['-machine', machine, '-accel', 'tcg,thread=multi', '-cpu', processor],
    ...['-smp', String(spec.processors), '-m', memory],
    ...['-kernel', spec.kernel, '-initrd', spec.initrd],
    ...['-append', 'console=ttyS0 panic=-1 quiet loglevel=4 random.trust_cpu=on'],
    ...[
      '-chardev',
      `file,id=console,path=${quoteValue(spec.console)},append=on`,
      '-serial',
      'chardev:console',
    ],
    ...['-chardev', `socket,id=control,path=${quoteValue(spec.controlSocket)},server=on,wait=off`],
    ...['-mon', 'chardev=control,mode=control'],
    ...['-device', 'virtio-serial-pci'],
    ...['-chardev', `socket,id=agent,path=${quoteValue(spec.agentSocket)},server=on,wait=off`],
    ...['-device', `virtserialport,chardev=agent,name=${agentPort}`],
    ...folder(mountTags.root, '/', 'on'),
    ...folder(mountTags.shared, spec.shared, 'off'),
    ...spec.drives.flatMap(drive),
    ...spec.nvdimms.flatMap((nvdimm) => nvdimmArguments(nvdimm, quoteValue(nvdimm.file))),
  ];
}

function folder(tag: string, path: string, readonly: 'on' | 'off'): string[] {
  const options = `security_model=none,readonly=${readonly},multidevs=remap`;
  return [
    ...['-fsdev', `local,id=fs-${tag},path=${quoteValue(path)},${options}`],
    ...['-device', `virtio-9p-pci,fsdev=fs-${tag},mount_tag=${tag}`],
  ];
}

/** A drive behind a port of its own, from which it can be pulled. */
function drive(spec: QemuSpec['drives'][number], i: number): string[] {
  const nodes = driveNodes(spec);
  return [
    ...['-device', `pcie-root-port,id=${nodes.slot},bus=pcie.0,chassis=${i + 1},slot=${i + 1}`],
    ...['-blockdev', JSON.stringify({ driver: 'file', 'node-name': nodes.file, filename: spec.file })],
    ...['-blockdev', JSON.stringify(diskNode(spec, nodes.file))],
    ...['-device', JSON.stringify(driveDevice(spec))],
  ];
}

/** What a drive's controller reads and writes, over the node `below`. */
export function diskNode(spec: DriveSpec, below: string): Readonly<Record<string, unknown>> {
  return { driver: 'raw', 'node-name': driveNodes(spec).disk, file: below, discard: 'unmap' };
}

/** The controller of a drive in its slot. */
export function driveDevice(spec: DriveSpec): Readonly<Record<string, unknown>> {
  const { device, disk, slot } = driveNodes(spec);
  return { driver: 'nvme', id: device, drive: disk, serial: spec.serial, bus: slot };
}

/** A comma in an option's value is doubled. */
function quoteValue(value: string): string {
  return value.replaceAll(',', ',,');
}
