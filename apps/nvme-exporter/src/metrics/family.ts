import type { SmartLog } from '@rackwright/hardware-nvme';
import type { Collection, DriveReading } from '../collect/collection.ts';
import type { Labels, MetricType, Sample } from './exposition.ts';

/** A metric: how it is described, and its series in a collection. */
export interface Family {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  /** Names of its labels, for people. */
  readonly labels: readonly string[];
  readonly samples: (collection: Collection) => readonly Sample[];
}

type Described = Pick<Family, 'name' | 'type' | 'help'>;
type Value = number | bigint | undefined;

/** A metric with one series for each drive that has the value. */
export function perDrive(family: Described, value: (drive: DriveReading) => Value): Family {
  return severalPerDrive(family, [], (drive) => {
    const found = value(drive);
    return found === undefined ? [] : [[{}, found]];
  });
}

/** A metric with one series for each drive whose log has the value. */
export function perLog(family: Described, value: (log: SmartLog) => Value): Family {
  return perDrive(family, ({ smart }) => smart && value(smart.log));
}

/** A metric with several series for each drive, which further labels tell apart. */
export function severalPerDrive(
  family: Described,
  labels: readonly string[],
  samples: (drive: DriveReading) => readonly Sample[],
): Family {
  return {
    ...family,
    labels: ['device', ...labels],
    samples: ({ drives }) =>
      drives.flatMap((drive) =>
        samples(drive).map(([more, value]): Sample => [{ device: drive.label, ...more }, value]),
      ),
  };
}

/** A metric of the node. */
export function ofNode(
  family: Described,
  labels: readonly string[],
  samples: (collection: Collection) => readonly Sample[],
): Family {
  return { ...family, labels, samples };
}

/** Labels of which some may have no value: those are empty. */
export function labelsOf(labels: Readonly<Record<string, string | undefined>>): Labels {
  return Object.fromEntries(Object.entries(labels).map(([name, value = '']) => [name, value]));
}
