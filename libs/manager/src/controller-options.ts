import { HwError } from '@rackwright/core';
import type { CustomResourceDefinition } from '@rackwright/kube';
import type { OptionSpec, OptionSpecs } from '@rackwright/service';
import type { ControllerRegistration } from './controller-parts.ts';

type Registrations = Readonly<
  Record<string, Pick<ControllerRegistration<never>, 'options' | 'crds' | 'onlyIfNamed'>>
>;
type NameOf<R extends Registrations> = Extract<keyof R, string>;

/** The options of every controller at once: what a function that takes any of them would be given. */
type OptionsOfAll<R extends Registrations> = {
  [K in keyof R]: (options: R[K]['options']) => void;
}[keyof R] extends (options: infer O) => void
  ? O
  : never;

/** What an app reads for its controllers: which of them run, and the flags of each. */
export type ControllerOptions<R extends Registrations> = {
  readonly controllers: ReturnType<typeof controllersOption<R>>;
} & OptionsOfAll<R>;

/** Which of its controllers an app runs; when nothing is said, all but those that want to be named. */
export function controllersOption<R extends Registrations>(registrations: R) {
  const names = Object.keys(registrations) as NameOf<R>[];
  return {
    flag: 'controllers',
    type: 'list',
    default: names.filter((name) => registrations[name]?.onlyIfNamed !== true),
    choices: names,
    description: 'Controllers that run.',
  } as const;
}

/**
 * The options of an app's controllers, those of `--controllers` and of each of them.
 *
 * @throws HwError AlreadyExists when two controllers bring the same option or flag
 */
export function controllerOptions<R extends Registrations>(registrations: R): ControllerOptions<R> {
  const all: Record<string, OptionSpec> = { controllers: controllersOption(registrations) };
  const flags = new Set(['controllers']);
  for (const [name, { options }] of Object.entries(registrations)) {
    for (const [key, option] of Object.entries<OptionSpec>(options)) {
      if (Object.hasOwn(all, key) || flags.has(option.flag))
        throw new HwError(
          'AlreadyExists',
          `${name}: another controller has the option --${option.flag} (${key})`,
        );
      all[key] = option;
      flags.add(option.flag);
    }
  }
  return all satisfies OptionSpecs as unknown as ControllerOptions<R>;
}

/** The CRDs the named controllers need, each once. */
export function crdsOf(registrations: Registrations, names: readonly string[]): CustomResourceDefinition[] {
  return [...new Set(names.flatMap((name) => registrations[name]?.crds ?? []))];
}
