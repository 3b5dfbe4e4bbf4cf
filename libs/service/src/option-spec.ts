/** What every kind of option has. */
interface OptionBase<V> {
  /** Name on the command line without dashes, such as `health-port`; also the key in the configuration file. */
  readonly flag: string;
  /** Further names on the command line, accepted but not shown in the help. */
  readonly aliases?: readonly string[];
  /** Environment variables that set it; the first that is set and not empty wins. */
  readonly env?: string | readonly string[];
  /** One sentence for the help and the docs. */
  readonly description: string;
  /** Without a value the app does not start. */
  readonly required?: boolean;
  /** Given several times on the command line it must say the same. */
  readonly single?: boolean;
  /** Left out of the help and the docs. */
  readonly hidden?: boolean;
  /** Says what is wrong with a value that has the right type, or undefined. */
  readonly validate?: (value: V) => string | undefined;
}

interface StringOption extends OptionBase<string> {
  readonly type: 'string';
  readonly default?: string;
  readonly choices?: readonly string[];
}

/** A whole number within the safe integers, decimal or 0x-hex. */
interface IntegerOption extends OptionBase<number> {
  readonly type: 'integer';
  /** The number, or its text where that says more, such as `0xfffc0`. */
  readonly default?: number | string;
}

/** A TCP port, 0 to 65535; a leading `:` as in Go's `:8081` is accepted. */
interface PortOption extends OptionBase<number> {
  readonly type: 'port';
  readonly default?: number;
}

interface BooleanOption extends OptionBase<boolean> {
  readonly type: 'boolean';
  readonly default?: boolean;
}

/** A Go duration such as `30s`; its value is milliseconds and not negative. */
interface DurationOption extends OptionBase<number> {
  readonly type: 'duration';
  /** Written as a duration, or milliseconds. */
  readonly default?: string | number;
}

/** Comma separated names, each counted once; on the command line the flag may also be repeated. */
interface ListOption extends OptionBase<readonly string[]> {
  readonly type: 'list';
  /** Repeated on the command line, the last one counts alone: who appends a flag means that list. */
  readonly lastWins?: boolean;
  /** The list, or its comma separated text. */
  readonly default?: readonly string[] | string;
  readonly choices?: readonly string[];
}

/** One option of an app: a flag, its environment twin, its type, its default and a sentence. */
export type OptionSpec =
  | StringOption
  | IntegerOption
  | PortOption
  | BooleanOption
  | DurationOption
  | ListOption;

export type OptionType = OptionSpec['type'];

/** The options of an app by the names its code reads them under. */
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

interface TypeValues {
  string: string;
  integer: number;
  port: number;
  boolean: boolean;
  duration: number;
  list: readonly string[];
}

/** Any value an option can have. */
export type OptionValue = TypeValues[OptionType];

type ValueOf<O extends OptionSpec> = O extends { type: 'string'; choices: readonly (infer C)[] }
  ? C
  : O extends { type: 'list'; choices: readonly (infer C)[] }
    ? readonly C[]
    : TypeValues[O['type']];

type IsGiven<O extends OptionSpec> = O extends { default: NonNullable<unknown> }
  ? true
  : O extends { required: true }
    ? true
    : false;

/**
 * The configuration object an app's code sees: durations in milliseconds,
 * lists as arrays, `undefined` where an option has neither a default nor
 * `required`.
 */
export type ConfigOf<S extends OptionSpecs> = {
  readonly [K in keyof S]: IsGiven<S[K]> extends true ? ValueOf<S[K]> : ValueOf<S[K]> | undefined;
};

/** Declares an app's options, so that their types are inferred. */
export function defineOptions<const S extends OptionSpecs>(spec: S): S {
  return spec;
}
