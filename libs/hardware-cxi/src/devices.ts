import { basename } from 'node:path';
import type { CxiDevice, CxiDeviceNode, LinkState } from './device.ts';
import {
  bar0OfResource,
  isPciAddress,
  nidOfMac,
  parseMac,
  parseNid,
  parsePciId,
  parseSpeed,
  parseWhole,
  splitDeviceNumber,
} from './parse.ts';
import { outOfTime } from './scan.ts';
import type { CxiSnapshot, RawCxiDevice, RawDeviceNode } from './snapshot.ts';

/** A Cassini 1 physical function maps 2 GiB of registers, a virtual one less (spec §9.1). */
const physicalBar0Bytes = 2 * 1024 ** 3;

/** States of a port whose link is not up (spec §9.2); any other text means unknown. */
const downStates: ReadonlySet<string> = new Set([
  'resetting',
  'unconfigured',
  'starting',
  'stopping',
  'down',
  'error',
]);

/** Longest text taken over from an attribute. */
const maxText = 128;

/** Names Linux gives interfaces, in characters that can be printed (dev_valid_name in net/core/dev.c). */
const interfaceName = /^[\x21-\x7e]{1,15}$/;

/** Turns a snapshot into typed devices, in natural order of their names. */
export function cxiDevices(snapshot: CxiSnapshot): CxiDevice[] {
  const owners = new Map<string, string>();
  for (const raw of snapshot.devices) {
    if (raw.folder !== undefined) owners.set(basename(raw.folder), raw.name);
  }
  return snapshot.devices.map((raw) => new Facts(raw).device(owners));
}

/** Reads one device's facts and notes each that makes no sense. */
class Facts {
  readonly #raw: RawCxiDevice;
  readonly #problems: string[];

  constructor(raw: RawCxiDevice) {
    this.#raw = raw;
    this.#problems = [...raw.problems, ...unreadProblems(raw)];
  }

  device(owners: ReadonlyMap<string, string>): CxiDevice {
    const { name, devNode, physicalFunction } = this.#raw;
    const vendorId = this.#parse('vendor', parsePciId);
    const deviceId = this.#parse('device', parsePciId);
    const version = this.#parse('properties/cassini_version', plainText);
    const generation = this.#generation(vendorId, deviceId, version);
    const kind = this.#kind(vendorId, deviceId);
    const mac = this.#parse('net/address', parseMac);
    const parent = physicalFunction === undefined ? undefined : owners.get(physicalFunction);
    return {
      name,
      index: Number(name.slice('cxi'.length)),
      kind,
      ...present({
        generation,
        cassiniVersion: version,
        pciAddress: this.#pciAddress(),
        vendorId,
        deviceId,
        numaNode: this.#numaNode(),
        localCpus: this.#parse('local_cpulist', plainText),
        nid: this.#nid(mac),
        mac,
        netdev: this.#netdev(),
        linkSpeedMbps: this.#speed(generation),
        driverRev: this.#driverRev(),
        firmwareVersion: this.#parse('uc/qspi_blob_version', plainText),
        partNumber: this.#parse('fru/part_number', plainText),
        serialNumber: this.#parse('fru/serial_number', plainText),
        retryHandlerEq: this.#count('properties/pct_eq'),
        rgidsAvailable: this.#count('properties/rgids_avail'),
        pcieCorrectableErrors: this.#count('properties/pcie_corr_err'),
        pcieUncorrectableErrors: this.#count('properties/pcie_uncorr_err'),
        parent: parent === name ? undefined : parent,
        pciEnabled: this.#enabled(),
      }),
      linkState: this.#link(),
      linkRestarts: this.#linkRestarts(),
      devNode: deviceNode(devNode),
      ...(this.#raw.stale.length > 0 && { stale: this.#raw.stale }),
      problems: this.#problems,
    };
  }

  /** The parsed attribute; text that does not parse is absent and noted. */
  #parse<T>(file: string, parse: (text: string) => T | undefined): T | undefined {
    const text = this.#raw.text[file];
    if (text === undefined) return undefined;
    const value = parse(text);
    if (value === undefined) this.#problem(`${file}: ${quote(text)} makes no sense`);
    return value;
  }

  #problem(text: string): void {
    this.#problems.push(text);
  }

  #count(file: string): number | undefined {
    return this.#parse(file, (text) => {
      const value = parseWhole(text);
      return value !== undefined && value >= 0 ? value : undefined;
    });
  }

  #generation(vendorId?: string, deviceId?: string, version?: string): 1 | 2 | undefined {
    if (vendorId === '17db') return 1;
    if (vendorId === '1590' && (deviceId === '0371' || deviceId === '0372')) return 2;
    if (vendorId !== undefined)
      this.#problem(`PCI id ${vendorId}:${deviceId ?? '?'} is not one of a Cassini NIC`);
    if (version?.startsWith('1.')) return 1;
    return version?.startsWith('2.') ? 2 : undefined;
  }

  #kind(vendorId?: string, deviceId?: string): 'pf' | 'vf' {
    if (this.#raw.physicalFunction !== undefined) return 'vf';
    if (vendorId === '1590') return deviceId === '0372' ? 'vf' : 'pf';
    const bytes = this.#raw.bar0Bytes ?? bar0OfResource(this.#raw.text.resource ?? '');
    return bytes !== undefined && bytes > 0 && bytes < physicalBar0Bytes ? 'vf' : 'pf';
  }

  #pciAddress(): string | undefined {
    const { folder, text } = this.#raw;
    if (folder === undefined) return undefined;
    const slot = /^PCI_SLOT_NAME=(.+)$/m.exec(text.uevent ?? '')?.[1] ?? '';
    const address = [basename(folder), slot].find(isPciAddress);
    if (address === undefined) this.#problem(`device: ${quote(basename(folder))} is not a PCI address`);
    return address;
  }

  #numaNode(): number | undefined {
    const node = this.#parse('numa_node', (text) => {
      const value = parseWhole(text);
      return value !== undefined && value >= -1 && value <= 0xffff ? value : undefined;
    });
    return node === -1 ? undefined : node;
  }

  #nid(mac: string | undefined): number | undefined {
    const nid = this.#parse('properties/nid', parseNid);
    if (nid !== 'unset') return nid;
    return mac === undefined ? undefined : nidOfMac(mac);
  }

  /** On Cassini 2 `properties/speed` repeats a default of Cassini 1; only the port knows. */
  #speed(generation: 1 | 2 | undefined): number | undefined {
    const text = this.#raw.text;
    if (generation === 2) return this.#parse('port/0/link/speed', parseSpeed);
    const speed = parseSpeed(text['properties/speed'] ?? '');
    return speed ?? parseSpeed(text['port/speed'] ?? '') ?? parseSpeed(text['port/0/link/speed'] ?? '');
  }

  #link(): LinkState {
    const link = this.#parse('properties/link', (text) =>
      text === '1' ? 'up' : text === '0' ? 'down' : undefined,
    );
    if (link !== undefined) return link;
    const port = this.#raw.text['port/link'] ?? this.#raw.text['port/0/link/state'];
    if (port === 'up') return 'up';
    return downStates.has(port ?? '') ? 'down' : 'unknown';
  }

  #netdev(): string | undefined {
    const [name] = this.#raw.netdevs;
    if (name === undefined || interfaceName.test(name)) return name;
    this.#problem(`net: ${quote(name)} is not the name of an interface`);
    return undefined;
  }

  #driverRev(): string | undefined {
    const text = this.#raw.text['properties/driver_rev'];
    return text === '[unknown]' ? undefined : this.#parse('properties/driver_rev', plainText);
  }

  #enabled(): boolean | undefined {
    const count = this.#count('enable');
    return count === undefined ? undefined : count > 0;
  }

  #linkRestarts(): number[] {
    const times = Array.from({ length: 10 }, (_, i) => this.#count(`link_restarts/time_${i}`) ?? 0);
    return times.filter((time) => time > 0).sort((a, b) => a - b);
  }
}

function unreadProblems({ unread, stale }: RawCxiDevice): string[] {
  const late = [...unread.values()].some(({ code }) => code === outOfTime);
  const refused = [...unread].flatMap(([fact, { code }]) => {
    if (code === outOfTime) return [];
    const kept = stale.includes(fact) ? '; it is kept as last read' : '';
    return [`${fact}: cannot be read (${code})${kept}`];
  });
  return [...(late ? ['not read in full: the time for one scan was used up'] : []), ...refused];
}

function deviceNode({ path, present, rdev }: RawDeviceNode): CxiDeviceNode {
  return { path, present, ...(rdev !== undefined && splitDeviceNumber(rdev)) };
}

/** One line of printable text, as every one-value attribute should be. */
function plainText(text: string): string | undefined {
  return text.length <= maxText && /^[\x20-\x7e]+$/.test(text) ? text : undefined;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function present<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;
}
