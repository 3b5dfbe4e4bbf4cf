import { boundControllers, type NvmeController, type NvmeNamespace, type NvmeState } from '../controller.ts';
import { drives, visible } from '../namespace-tree.ts';
import type { SmartLog } from '../smart.ts';
import { subsystemsOf } from '../subsystem.ts';

/** Of nvme-cli 2.3: two blanks for each level, no blank behind a colon. */
export function printJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2).replaceAll(/^(\s*"(?:[^"\\]|\\.)*"): /gm, '$1:')}\n`;
}

/** The SMART log as nvme-cli 2.3 prints it: large counters are text. */
export function smartDocument(log: SmartLog): Record<string, unknown> {
  const sensors = log.temperatureSensors.flatMap((kelvin, i): [string, number][] =>
    kelvin === 0 ? [] : [[`temperature_sensor_${i + 1}`, kelvin]],
  );
  return {
    critical_warning: log.criticalWarning,
    temperature: log.temperature,
    avail_spare: log.availableSpare,
    spare_thresh: log.spareThreshold,
    percent_used: Math.min(log.percentageUsed, 255),
    endurance_grp_critical_warning_summary: log.enduranceGroupWarning,
    data_units_read: log.dataUnitsRead,
    data_units_written: log.dataUnitsWritten,
    host_read_commands: log.hostReadCommands,
    host_write_commands: log.hostWriteCommands,
    controller_busy_time: log.controllerBusyTime,
    power_cycles: log.powerCycles,
    power_on_hours: log.powerOnHours,
    unsafe_shutdowns: log.unsafeShutdowns,
    media_errors: log.mediaErrors,
    num_err_log_entries: log.errorLogEntries,
    warning_temp_time: log.warningTemperatureTime,
    critical_comp_time: log.criticalTemperatureTime,
    ...Object.fromEntries(sensors),
    thm_temp1_trans_count: log.thermalTransitions[0],
    thm_temp2_trans_count: log.thermalTransitions[1],
    thm_temp1_total_time: log.thermalTransitionTime[0],
    thm_temp2_total_time: log.thermalTransitionTime[1],
  };
}

/** What the drive says of itself; numbers of an AI100E, zeros where a drive may leave them. */
export function identifyDocument(controller: NvmeController): Record<string, unknown> {
  const bytes = controller.namespaces.reduce((sum, { sectors }) => sum + BigInt(sectors) * 512n, 0n);
  const numbers = (names: string, value: unknown = 0): Record<string, unknown> =>
    Object.fromEntries(names.split(' ').map((name) => [name, value]));
  return {
    ...{ vid: controller.vendor, ssvid: controller.subsystemVendor, sn: controller.serial.padEnd(20) },
    ...{
      mn: controller.model.padEnd(40),
      fr: controller.firmware.padEnd(8),
      rab: 6,
      ieee: 6_584_743,
      cmic: 0,
    },
    ...{ mdts: 7, cntlid: controller.cntlid, ver: 66_560, rtd3r: 0, rtd3e: 0, oaes: 256, ctratt: 0, rrls: 0 },
    ...{ cntrltype: 1, fguid: '00000000-0000-0000-0000-000000000000' },
    ...numbers('crdt1 crdt2 crdt3 nvmsr vwci mec'),
    ...{ oacs: 94, acl: 3, aerl: 3, frmw: 18, lpa: 30, elpe: 63, npss: 0, avscc: 0, apsta: 0 },
    ...{ wctemp: 343, cctemp: 358, mtfa: 0, hmpre: 0, hmmin: 0, tnvmcap: `${bytes}`, unvmcap: '0' },
    ...numbers('rpmbs edstt dsto fwug kas hctma mntmt mxtmt'),
    sanicap: 3,
    ...numbers('hmminds hmmaxd nsetidmax endgidmax anatt anacap anagrpmax nanagrpid pels domainid'),
    ...{
      megcap: '0',
      sqes: 102,
      cqes: 68,
      maxcmd: 0,
      nn: Math.max(1, controller.namespaces.length),
      oncs: 95,
    },
    ...{
      fuses: 0,
      fna: 0,
      vwc: 7,
      awun: 0,
      awupf: 0,
      icsvscc: 0,
      nwpc: 0,
      acwu: 0,
      ocfs: 0,
      sgls: 0,
      mnan: 0,
    },
    ...{ maxdna: '0', maxcna: 0, subnqn: controller.subsysnqn },
    ...numbers('ioccsz iorcsz icdoff fcatt msdbd ofcs'),
    psds: [
      {
        ...{ max_power: 2500, flags: 0, entry_lat: 16, exit_lat: 4 },
        ...numbers(
          'read_tput read_lat write_tput write_lat idle_power idle_scale active_power active_power_work active_scale',
        ),
      },
    ],
  };
}

/** A disk in the list of all. */
export interface ListedDisk {
  readonly name: string;
  readonly generic: string;
  readonly controller: NvmeController;
  readonly namespace: NvmeNamespace;
}

/** Every disk the kernel shows, each once. */
export function listedDisks(state: NvmeState): ListedDisk[] {
  return subsystemsOf(boundControllers(state)).flatMap(
    ({ instance, controllers: [controller, ...others] }) =>
      [controller, ...others].some(drives)
        ? visible(controller).map((namespace) => ({
            name: `nvme${instance}n${namespace.nsid}`,
            generic: `ng${instance}n${namespace.nsid}`,
            ...{ controller, namespace },
          }))
        : [],
  );
}

/** The list as nvme-cli 2.3 prints it in JSON. */
export function listDocument(disks: readonly ListedDisk[]): Record<string, unknown> {
  return {
    Devices: disks.map(({ name, controller, namespace: { nsid, sectors, logicalBlockBytes } }) => ({
      NameSpace: nsid,
      DevicePath: `/dev/${name}`,
      Firmware: controller.firmware.trim(),
      ModelNumber: controller.model.trim(),
      SerialNumber: controller.serial.trim(),
      UsedBytes: sectors * 512,
      MaximumLBA: (sectors * 512) / logicalBlockBytes,
      PhysicalSize: sectors * 512,
      SectorSize: logicalBlockBytes,
    })),
  };
}

/** The list for people. */
export function listTable(disks: readonly ListedDisk[]): string {
  const widths = [21, 21, 20, 40, 9, 26, 16, 8];
  const heads = ['Node', 'Generic', 'SN', 'Model', 'Namespace', 'Usage', 'Format', 'FW Rev'];
  const rows = disks.map(({ name, generic, controller, namespace: { nsid, sectors, logicalBlockBytes } }) => [
    `/dev/${name}`,
    `/dev/${generic}`,
    controller.serial.trim(),
    controller.model.trim(),
    `${nsid}`,
    `${decimal(sectors * 512)} / ${decimal(sectors * 512)}`,
    `${`${logicalBlockBytes}`.padStart(3)}   B +  0 B`,
    controller.firmware.trim(),
  ]);
  return [heads, widths.map((width) => '-'.repeat(width)), ...rows]
    .map((row) => `${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' ')}\n`)
    .join('');
}

/** `  2.00  TB` */
function decimal(bytes: number): string {
  const units = ['', 'k', 'M', 'G', 'T', 'P'];
  const power = bytes === 0 ? 0 : Math.min(5, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(2).padStart(6)} ${(units[power] ?? '').padStart(2)}B`;
}
