import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isObject, parseObject, textAt } from '../process/json.ts';

interface StoredUser {
  readonly salt: string;
  readonly hash: string;
  readonly admin: boolean;
}

/** The users AuthN knows, kept in its file. */
export class Users {
  readonly #file: string;
  readonly #users = new Map<string, StoredUser>();

  constructor(file: string) {
    this.#file = file;
    const kept = parseObject(readOrEmpty(file));
    for (const [name, user] of Object.entries(kept ?? {})) {
      if (!isObject(user)) continue;
      this.#users.set(name, {
        ...{ salt: textAt(user, 'salt'), hash: textAt(user, 'hash') },
        admin: user.admin === true,
      });
    }
  }

  get names(): string[] {
    return [...this.#users.keys()];
  }

  set(name: string, password: string, admin: boolean): void {
    const salt = randomBytes(12).toString('hex');
    this.#users.set(name, { salt, hash: hashOf(password, salt), admin });
    this.#save();
  }

  delete(name: string): boolean {
    const wasThere = this.#users.delete(name);
    this.#save();
    return wasThere;
  }

  has(name: string): boolean {
    return this.#users.has(name);
  }

  /** Undefined for a wrong name or password. */
  login(name: string, password: string): { readonly admin: boolean } | undefined {
    const user = this.#users.get(name);
    if (user === undefined) return undefined;
    const given = Buffer.from(hashOf(password, user.salt));
    return timingSafeEqual(given, Buffer.from(user.hash)) ? { admin: user.admin } : undefined;
  }

  #save(): void {
    writeFileSync(`${this.#file}.tmp`, JSON.stringify(Object.fromEntries(this.#users)), { mode: 0o600 });
    renameSync(`${this.#file}.tmp`, this.#file);
  }
}

/** Cheap on purpose: a stand-in guards nothing. */
function hashOf(password: string, salt: string): string {
  return scryptSync(password, salt, 32, { N: 1024 }).toString('hex');
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
