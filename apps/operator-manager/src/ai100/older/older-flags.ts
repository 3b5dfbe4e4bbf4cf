import type { AidaptivCacheSpecInput } from '@rackwright/api';

/** What the four flags of the older plugin say; a later one wins. */
interface OlderFlags {
  m?: string;
  p?: string;
  f?: string;
  skip_firmware_check?: boolean;
}

const flagOf = /^--?(m|p|f|skip_firmware_check)(?:=(.*))?$/s;
const truths = ['1', 't', 'T', 'true', 'TRUE', 'True'];

function readFlags(args: readonly string[]): OlderFlags {
  const flags: OlderFlags = {};
  const left = [...args];
  for (let arg = left.shift(); arg !== undefined; arg = left.shift()) {
    const [, name, given] = flagOf.exec(arg) ?? [];
    if (name === 'skip_firmware_check') flags[name] = given === undefined || truths.includes(given);
    else if (name !== undefined) flags[name as 'm' | 'p' | 'f'] = given ?? left.shift() ?? '';
  }
  return flags;
}

/**
 * The fields of an AidaptivCache that arguments of the device plugin are about,
 * for what else goes by these fields: the exporter, and node-discovery. The
 * plugin reads the arguments themselves.
 */
export function fieldsOfArguments(args: readonly string[]): AidaptivCacheSpecInput {
  const { m, p, f, skip_firmware_check: skips } = readFlags(args);
  // A block device is mounted as it is, and always there.
  const hostPath = m !== undefined && /^[/]dev[/]/.test(m) ? '/mnt/nvme0' : m;
  const cache = { ...(hostPath && { hostPath }), ...(p && { podPath: p }) };
  const firmware = { ...(f && { allowed: f.split(',') }), ...(skips && { check: 'Skip' as const }) };
  return {
    ...(Object.keys(cache).length > 0 && { cache }),
    ...(Object.keys(firmware).length > 0 && { firmware }),
    ...(skips && { discovery: { match: 'AnyNvme' } }),
  };
}
