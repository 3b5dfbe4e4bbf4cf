import type { Clock } from '@rackwright/core';
import { type RawCxiDevice, telemetryDigits } from '@rackwright/hardware-cxi';
import {
  formatFailures,
  type HostReader,
  ifReadable,
  type OpenFileBudget,
  OpenFolder,
  type ReadFailure,
} from '@rackwright/host';
import { familyHeader, formatLabels } from './exposition.ts';
import { telemetryMetric } from './families.ts';
import { isTelemetryName, type TelemetryChoice } from './telemetry-choice.ts';
import { TextBuffer } from './text-buffer.ts';

export interface TelemetryOptions {
  readonly files: HostReader;
  readonly clock: Clock;
  readonly choice: TelemetryChoice;
  /** Value of the label `node`. */
  readonly node: string;
  /** How many files may stay open; what is beyond is opened anew for each read. */
  readonly budget: OpenFileBudget;
}

/** Telemetry of one device. */
interface Watched {
  readonly device: string;
  readonly folder: OpenFolder;
}

/** A metric: the bytes before its series, and before the value of each. */
interface PlannedMetric {
  readonly file: string;
  readonly header: Buffer;
  readonly lines: readonly { readonly folder: OpenFolder; readonly prefix: Buffer }[];
}

/**
 * Turns the telemetry counters of every device into exposition text. Thousands
 * of series make up nearly all of a scrape, so their files stay open, all bytes
 * but the counts are prepared, and a count is copied from file to text without
 * becoming a string.
 */
export class TelemetrySource implements Disposable {
  readonly #options: TelemetryOptions;
  readonly #buffer = Buffer.allocUnsafeSlow(128);
  readonly #watched = new Map<string, Watched>();
  #plan: readonly PlannedMetric[] = [];
  #failures: ReadFailure[] = [];
  /** The listings the plan was made from. */
  #planned: readonly (readonly string[])[] = [];
  /** Kept, because an external quarter of a megabyte per scrape would bring the collector of garbage soon. */
  readonly #text = new TextBuffer(4096);

  constructor(options: TelemetryOptions) {
    this.#options = options;
  }

  /**
   * Reads every wanted file. When `deadlineMs` is over the rest is left out,
   * and so is what cannot be read; `report` is told. The text is good until the
   * next call.
   */
  read(devices: readonly RawCxiDevice[], deadlineMs: number, report: (error: string) => void): Uint8Array {
    const { clock } = this.#options;
    const end = clock.monotonic() + deadlineMs;
    this.#failures = [];
    this.#watch(devices);
    this.#text.truncate(0);
    for (const metric of this.#currentPlan()) {
      if (clock.monotonic() >= end) {
        report(`took longer than ${deadlineMs} ms`);
        break;
      }
      this.#write(metric);
    }
    if (this.#failures.length > 0) report(`cannot be read: ${formatFailures(this.#failures)}`);
    return this.#text.bytes();
  }

  [Symbol.dispose](): void {
    this.#watch([]);
  }

  #write({ file, header, lines }: PlannedMetric): void {
    const text = this.#text;
    const start = text.length;
    text.append(header);
    const empty = text.length;
    for (const { folder, prefix } of lines) {
      const length = this.#try(-1, () => folder.read(file, this.#buffer));
      const digits = length > 0 ? telemetryDigits(this.#buffer, length) : 0;
      if (digits > 0) text.appendLine(prefix, this.#buffer, digits);
    }
    if (text.length === empty) text.truncate(start);
  }

  #try<T>(otherwise: T, read: () => T): T {
    return ifReadable(otherwise, read, (failure) => this.#failures.push(failure));
  }

  /** Opens the folders of new devices, closes those of devices that are gone, and looks at all again. */
  #watch(devices: readonly RawCxiDevice[]): void {
    const current = new Set<string>();
    for (const { name, folder } of devices) {
      if (folder === undefined) continue;
      const key = `${name} ${folder}`;
      current.add(key);
      const { files, budget } = this.#options;
      const known = this.#watched.get(key);
      const watched = known ?? {
        device: name,
        folder: new OpenFolder(files, `${folder}/telemetry`, budget),
      };
      this.#watched.set(key, watched);
      this.#try(false, () => watched.folder.refresh());
    }
    for (const [key, { folder }] of this.#watched) {
      if (current.has(key)) continue;
      folder[Symbol.dispose]();
      this.#watched.delete(key);
    }
  }

  /** The plan, made anew when a device or a file came or went. */
  #currentPlan(): readonly PlannedMetric[] {
    const watched = [...this.#watched.values()];
    const listings = watched.map(({ folder }, i) => this.#try(this.#planned[i] ?? [], () => folder.names()));
    const same =
      listings.length === this.#planned.length &&
      listings.every((listing, i) => listing === this.#planned[i]);
    if (!same) {
      this.#plan = this.#makePlan(watched);
      this.#planned = listings;
    }
    return this.#plan;
  }

  #makePlan(watched: readonly Watched[]): PlannedMetric[] {
    const { choice, node } = this.#options;
    const series = watched.map(({ device, folder }) => ({
      folder,
      labels: formatLabels(['device', 'node'], { device, node }),
      names: new Set(folder.names()),
    }));
    const wanted = new Set(
      series.flatMap(({ names }) =>
        [...names].filter((name) => (choice === 'all' ? isTelemetryName(name) : choice.has(name))),
      ),
    );
    return [...wanted].sort().map((file) => {
      const name = telemetryMetric(file);
      return {
        file,
        header: Buffer.from(familyHeader(name, 'counter', `Hardware counter ${file} of the NIC.`)),
        lines: series
          .filter(({ names }) => names.has(file))
          .map(({ folder, labels }) => ({ folder, prefix: Buffer.from(`${name}${labels} `) })),
      };
    });
  }
}
