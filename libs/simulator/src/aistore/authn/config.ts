import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage, parseDuration } from '@rackwright/core';
import { parseGoFlags } from '../process/go-flags.ts';
import { at, parseObject, textAt } from '../process/json.ts';
import { FatalError, ownPath, type Program } from '../process/program.ts';

/** What AuthN is told by its file and its variables. */
export interface AuthnConfig {
  readonly port: number;
  /** Undefined for plain HTTP. */
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined;
  /** Who may do everything. */
  readonly superuser: { readonly name: string; readonly password: string };
  /** Tokens are signed with it; empty: with a key pair of its own. */
  readonly hmacKey: string;
  /** Protects the file of that key pair; may be empty. */
  readonly keyPassphrase: string;
  /** How long a token is valid where the login does not say, in milliseconds. */
  readonly expirationMs: number;
  /** Folder with the configuration, the users and the key pair, as a path of this machine. */
  readonly folder: string;
  /** The file of users, as a path of this machine. */
  readonly database: string;
  readonly externalUrl: string;
}

const configFile = 'authn.json';
const defaultFolder = '/etc/ais/authn';
const dayMs = 24 * 3600 * 1000;

/** @throws FatalError for a configuration AuthN does not start with */
export function readAuthnConfig(program: Program): AuthnConfig {
  const { env } = program;
  const flags = parseGoFlags({ config: 'string' }, program.argv);
  if ('refused' in flags) throw new FatalError(flags.refused);
  const named = flags.config ?? env.AIS_AUTHN_CONF_DIR ?? defaultFolder;
  const isFolder = statSync(ownPath(program, named), { throwIfNoEntry: false })?.isDirectory() === true;
  const path = isFolder ? join(named, configFile) : named;
  const file = parseObject(readFile(program, path).toString('utf8'));
  if (file === undefined) throw new FatalError(`Failed to load configuration from "${path}": not JSON`);
  const folder = path.slice(0, path.lastIndexOf('/'));
  const password = env.AIS_AUTHN_SU_PASS ?? '';
  if (password === '') throw new FatalError('superuser password is not set: AIS_AUTHN_SU_PASS');
  const database = textAt(file, 'auth', 'db', 'filepath') || join(folder, 'authn.db');
  return {
    port: Number(env.AIS_AUTHN_PORT ?? at(file, 'net', 'http', 'port') ?? 52_001),
    tls: readTls(program, file),
    superuser: { name: env.AIS_AUTHN_SU_NAME || 'admin', password },
    hmacKey: env.AIS_AUTHN_SECRET_KEY || textAt(file, 'auth', 'secret'),
    keyPassphrase: env.AIS_AUTHN_PRIVATE_KEY_PASS ?? '',
    expirationMs: expiration(textAt(file, 'auth', 'expiration_time')),
    folder: ownPath(program, folder),
    database: ownPath(program, database),
    externalUrl: textAt(file, 'net', 'external_url'),
  };
}

function readTls(program: Program, file: Parameters<typeof at>[0]): AuthnConfig['tls'] {
  const { env } = program;
  const isWanted = env.AIS_AUTHN_USE_HTTPS === 'true' || at(file, 'net', 'http', 'use_https') === true;
  if (!isWanted) return undefined;
  const path = (variable: string, key: string): string => env[variable] || textAt(file, 'net', 'http', key);
  return {
    cert: readFile(program, path('AIS_SERVER_CRT', 'server_crt')),
    key: readFile(program, path('AIS_SERVER_KEY', 'server_key')),
  };
}

function expiration(text: string): number {
  if (text === '') return dayMs;
  try {
    return parseDuration(text);
  } catch (error) {
    throw new FatalError(`invalid auth.expiration_time: ${errorMessage(error)}`);
  }
}

function readFile(program: Program, path: string): Buffer {
  try {
    return readFileSync(ownPath(program, path));
  } catch (error) {
    throw new FatalError(`Failed to load "${path}": ${errorMessage(error)}`);
  }
}
