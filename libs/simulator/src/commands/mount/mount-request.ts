/** What mount(8) is asked to do. */
export type MountRequest =
  | { readonly kind: 'list' }
  | { readonly kind: 'remount'; readonly target: string; readonly options: readonly string[] }
  | {
      readonly kind: 'mount';
      readonly source: string;
      readonly target: string;
      readonly fsType: string | undefined;
      readonly bind: boolean;
      readonly options: readonly string[];
    }
  | { readonly kind: 'unknown'; readonly words: string }
  | { readonly kind: 'propagation'; readonly target: string; readonly private: boolean }
  | { readonly kind: 'fstab'; readonly target: string };

interface Words {
  readonly options: string[];
  readonly rest: string[];
  fsType: string | undefined;
  bind: boolean;
  private: boolean | undefined;
  unknown: string | undefined;
}

/** Reads the arguments of mount(8) as far as programs here use them. */
export function mountRequest(args: readonly string[]): MountRequest {
  const words = readWords(args);
  const { rest, options } = words;
  if (words.unknown !== undefined) return { kind: 'unknown', words: words.unknown };
  const [first, second] = rest;
  if (first === undefined) return { kind: 'list' };
  if (words.private !== undefined) return { kind: 'propagation', target: first, private: words.private };
  if (options.includes('remount')) return { kind: 'remount', target: second ?? first, options };
  if (second === undefined) return { kind: 'fstab', target: first };
  if (rest.length > 2) return { kind: 'unknown', words: rest.slice(2).join(' ') };
  const bind = words.bind || options.includes('bind');
  return { kind: 'mount', source: first, target: second, fsType: words.fsType, bind, options };
}

function readWords(args: readonly string[]): Words {
  const words: Words = {
    options: [],
    rest: [],
    fsType: undefined,
    bind: false,
    private: undefined,
    unknown: undefined,
  };
  const left = [...args];
  for (let word = left.shift(); word !== undefined; word = left.shift()) readWord(words, word, left);
  return words;
}

function readWord(words: Words, word: string, left: string[]): void {
  const [, flag = word, joined] = /^(--\w+)=(.*)$/.exec(word) ?? /^(-[ot])(.+)$/.exec(word) ?? [];
  switch (flag) {
    case '-t':
    case '--types':
      words.fsType = joined ?? left.shift();
      return;
    case '-o':
    case '--options':
      words.options.push(...(joined ?? left.shift() ?? '').split(',').filter((option) => option !== ''));
      return;
    case '-r':
    case '--read-only':
      words.options.push('ro');
      return;
    case '-B':
    case '--bind':
      words.bind = true;
      return;
    case '--make-private':
    case '--make-shared':
      words.private = flag === '--make-private';
      return;
    case '-c':
    case '--no-canonicalize':
    case '-n':
    case '--no-mtab':
    case '-w':
    case '--rw':
      return;
    default:
      if (word.startsWith('-')) words.unknown ??= word;
      else words.rest.push(word);
  }
}

const perMount = ['nosuid', 'nodev', 'noexec', 'noatime', 'nodiratime', 'relatime'];
/** Options that say what is so anyway, or are for mount(8) alone. */
const silent = ['rw', 'ro', 'defaults', 'suid', 'dev', 'exec', 'atime', 'bind', 'remount', 'nofail', 'auto'];

/** Options of the mount itself, in the kernel's order. */
export function mountOptions(options: readonly string[]): string[] {
  const asked = perMount.filter((option) => options.includes(option));
  const atime = asked.includes('noatime') || asked.includes('relatime') ? [] : ['relatime'];
  return [options.includes('ro') ? 'ro' : 'rw', ...asked, ...atime];
}

/** Options of its file system. */
export function superOptions(options: readonly string[]): string[] {
  const own = options.filter((option) => !perMount.includes(option) && !silent.includes(option));
  return [
    options.includes('ro') ? 'ro' : 'rw',
    ...own.map((option) => (option === 'dax' ? 'dax=always' : option)),
  ];
}
