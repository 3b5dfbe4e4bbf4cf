import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorMessage } from '@rackwright/core';
import { type Answer, ApiError, bodyOf, type Call, errorAnswer, json, okay } from '../process/call.ts';
import { listen, readCall, send } from '../process/http-server.ts';
import { at, type JsonObject, textAt } from '../process/json.ts';
import { ownAddress, type Program } from '../process/program.ts';
import { type AuthnConfig, readAuthnConfig } from './config.ts';
import { type Signer, signerOf } from './signer.ts';
import { Users } from './users.ts';

/** A login that asks for no end gets this much, in milliseconds (measured: 90 days). */
const withoutEndMs = 90 * 24 * 3600 * 1000;
const nanosPerMs = 1e6;

/**
 * AuthN: it knows users and gives them tokens.
 *
 * @throws FatalError for what the real program does not start with
 */
export async function runAuthn(program: Program): Promise<void> {
  const config = readAuthnConfig(program);
  const server = new AuthnServer(program, config);
  program.onStop(() => program.exit(0));
  const host = ownAddress(program);
  await listen({
    ...{ tls: config.tls, log: program.print },
    addresses: [{ port: config.port, ...(host !== undefined && { host }) }],
    serve: (incoming, response) => server.serve(incoming, response),
  });
  program.print(`Listening on :${config.port}`);
}

class AuthnServer {
  readonly #program: Program;
  readonly #config: AuthnConfig;
  readonly #users: Users;
  readonly #signer: Signer;

  constructor(program: Program, config: AuthnConfig) {
    this.#program = program;
    this.#config = config;
    this.#signer = signerOf(config);
    this.#users = new Users(config.database);
    // The superuser is who the variables say, at each start.
    this.#users.set(config.superuser.name, config.superuser.password, true);
  }

  async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = await readCall(incoming, '');
    try {
      send(response, this.#answer(call), false);
    } catch (error) {
      const refusal = error instanceof ApiError ? error : new ApiError(500, errorMessage(error));
      send(response, errorAnswer(refusal, call, 'AuthN'), false);
    }
  }

  #answer(call: Call): Answer {
    const [version, resource, name] = call.path;
    switch (`${call.method} ${version}/${resource}`) {
      case 'POST v1/users':
        return name === undefined ? this.#addUser(call) : this.#login(call, name);
      case 'GET v1/users':
        this.#checkAdmin(call);
        return json(this.#users.names.map((id) => ({ id })));
      case 'DELETE v1/users':
        this.#checkAdmin(call);
        if (!this.#users.delete(name ?? '')) throw new ApiError(404, `user "${name}" does not exist`);
        return okay;
      case 'GET .well-known/jwks.json':
        return json(this.#signer.jwks);
      default:
        throw new ApiError(404, `invalid request URI ${call.url}`);
    }
  }

  #login(call: Call, name: string): Answer {
    const body = bodyOf(call);
    const password = textAt(body, 'password');
    if (password === '') throw new ApiError(401, 'empty password');
    const user = this.#users.login(name, password);
    if (user === undefined) {
      throw new ApiError(401, `AuthN failed to generate token for "${name}": invalid credentials`);
    }
    return json({ token: this.#signer.sign(this.#claims(name, user.admin, body)) });
  }

  #claims(name: string, admin: boolean, login: JsonObject): JsonObject {
    const now = this.#program.clock.now();
    const asked = at(login, 'expires_in');
    const { expirationMs, externalUrl } = this.#config;
    const lasts = typeof asked !== 'number' ? expirationMs : asked / nanosPerMs || withoutEndMs;
    const end = Math.floor((now + lasts) / 1000);
    return {
      ...{ username: name, sub: name, admin, clusters: null, iss: externalUrl },
      ...{ iat: Math.floor(now / 1000), exp: end, expires: new Date(end * 1000).toISOString() },
    };
  }

  #addUser(call: Call): Answer {
    this.#checkAdmin(call);
    const body = bodyOf(call);
    const name = textAt(body, 'id');
    if (name === '' || textAt(body, 'password') === '')
      throw new ApiError(400, 'user name or password is empty');
    if (this.#users.has(name)) throw new ApiError(409, `user "${name}" already exists`);
    this.#users.set(name, textAt(body, 'password'), false);
    return okay;
  }

  #checkAdmin(call: Call): void {
    const [, token = ''] = /^Bearer (\S+)$/.exec(call.headers.authorization ?? '') ?? [];
    const claims = this.#signer.verify(token);
    if (claims?.admin !== true) throw new ApiError(401, 'not authorized: requires admin');
  }
}
