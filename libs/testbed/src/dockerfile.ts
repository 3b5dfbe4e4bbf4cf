import { HwError } from '@rackwright/core';

/** One instruction of a Dockerfile. */
export interface Instruction {
  /** In capitals. */
  readonly name: string;
  /** What follows it, continuation lines joined by a space. */
  readonly value: string;
}

/** How an image starts, as its Dockerfile's final stage says. */
export interface ImageStart {
  readonly entrypoint: readonly string[];
  readonly user: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The instructions of the last stage, `FROM` first. Heredocs are not understood. */
export function finalStage(dockerfile: string): Instruction[] {
  const instructions = instructionsOf(dockerfile);
  return instructions.slice(instructions.findLastIndex(({ name }) => name === 'FROM'));
}

function instructionsOf(dockerfile: string): Instruction[] {
  const lines = dockerfile.split(/\r?\n/).filter((line) => !/^\s*#/.test(line));
  return lines
    .join('\n')
    .replace(/[ \t]*\\[ \t]*\n\s*/g, ' ')
    .split('\n')
    .flatMap((line) => {
      const found = /^\s*([A-Za-z]+)\s+(.*\S)\s*$/.exec(line);
      return found === null ? [] : [{ name: (found[1] ?? '').toUpperCase(), value: found[2] ?? '' }];
    });
}

/**
 * How the image starts.
 *
 * @throws HwError InvalidArgument if the entry point is missing or goes through a shell
 */
export function imageStart(dockerfile: string): ImageStart {
  const stage = finalStage(dockerfile);
  const last = (name: string): string | undefined => stage.findLast((each) => each.name === name)?.value;
  return {
    entrypoint: execForm(last('ENTRYPOINT')),
    user: last('USER') ?? '',
    env: Object.fromEntries(
      stage.filter(({ name }) => name === 'ENV').flatMap(({ value }) => value.split(/\s+/).map(variable)),
    ),
  };
}

function variable(text: string): [string, string] {
  const equals = text.indexOf('=');
  return [text.slice(0, equals), text.slice(equals + 1).replace(/^"(.*)"$/, '$1')];
}

function execForm(value: string | undefined): string[] {
  try {
    const words: unknown = JSON.parse(value ?? '');
    if (Array.isArray(words) && words.every((word) => typeof word === 'string')) return words;
  } catch {
    // Told below.
  }
  throw new HwError('InvalidArgument', `ENTRYPOINT ${value ?? ''} is not a list of strings`, {
    remedy: 'write ENTRYPOINT ["program", "argument"]; the images have no shell',
  });
}
