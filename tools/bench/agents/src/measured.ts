import { apps } from '@rackwright/registry';
import type { Memory } from './memory.ts';

/** What was measured of one process. */
export interface Measured {
  readonly name: string;
  readonly bundleBytes: number;
  /** From spawn to the first answer of /healthz, milliseconds. */
  readonly startMs: number;
  /** One sample per second under load, oldest first. */
  readonly samples: readonly Memory[];
  /** CPU time under load as a share of one core. */
  readonly cpu: number;
  /** Packages in the bundle that an agent must not have. */
  readonly forbidden: readonly string[];
}

/** What an agent may weigh, as the registry says. */
export function limitsOf(name: string): { readonly anonMiB: number; readonly bundleBytes: number } {
  const budget = apps.find((app) => app.name === name)?.budget;
  return { anonMiB: budget?.anonymousMiB ?? 0, bundleBytes: (budget?.bundleKB ?? 0) * 1000 };
}

/** The median of the last third of the samples: what a process settles at. */
export function settled(samples: readonly Memory[]): Memory {
  const tail = samples.slice(-Math.max(1, Math.ceil(samples.length / 3)));
  const median = (of: (sample: Memory) => number): number =>
    tail.map(of).sort((a, b) => a - b)[Math.floor(tail.length / 2)] ?? Number.NaN;
  return { anon: median(({ anon }) => anon), pss: median(({ pss }) => pss) };
}

/** The limits a process breaks, as sentences. */
export function breaches({ name, bundleBytes, samples, forbidden }: Measured): string[] {
  const { anon } = settled(samples);
  const limits = limitsOf(name);
  return [
    ...(anon > limits.anonMiB ? [`${name}: ${anon.toFixed(1)} MiB anonymous, limit ${limits.anonMiB}`] : []),
    ...(bundleBytes > limits.bundleBytes
      ? [`${name}: bundle of ${bundleBytes} bytes, limit ${limits.bundleBytes}`]
      : []),
    ...forbidden.map((module) => `${name}: its bundle contains ${module}`),
  ];
}

/** A Markdown table of all agents, their sum, and the reference with the ratios to it. */
export function report(agents: readonly Measured[], reference: Measured): string {
  const rows = agents.map((agent) => row(agent, reference));
  const sum = (of: (memory: Memory) => number): number =>
    agents.reduce((total, { samples }) => total + of(settled(samples)), 0);
  const bytes = agents.reduce((total, { bundleBytes }) => total + bundleBytes, 0);
  const all = [
    'all agents',
    kB(bytes),
    '',
    mib(sum(({ anon }) => anon)),
    '',
    mib(sum(({ pss }) => pss)),
    '',
    '',
  ];
  const header = ['process', 'bundle', 'start', 'anon', 'peak', 'PSS', 'CPU', 'anon / reference'];
  return [header, header.map(() => '---'), ...rows, all, row(reference, reference)]
    .map((cells) => `| ${cells.join(' | ')} |\n`)
    .join('');
}

function row({ name, bundleBytes, startMs, samples, cpu }: Measured, reference: Measured): string[] {
  const { anon, pss } = settled(samples);
  const peak = Math.max(...samples.map((sample) => sample.anon));
  const share = (anon / settled(reference.samples).anon).toFixed(2);
  const start = `${startMs.toFixed(0)} ms`;
  return [name, kB(bundleBytes), start, mib(anon), mib(peak), mib(pss), `${(100 * cpu).toFixed(1)} %`, share];
}

function mib(value: number): string {
  return `${value.toFixed(1)} MiB`;
}

function kB(bytes: number): string {
  return `${(bytes / 1000).toFixed(0)} kB`;
}
