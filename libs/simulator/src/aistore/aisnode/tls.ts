import { readFileSync } from 'node:fs';
import type { ServerOptions } from 'node:https';
import { errorMessage } from '@rackwright/core';
import { at, type JsonObject, textAt } from '../process/json.ts';
import { FatalError, ownPath, type Program } from '../process/program.ts';
import { isOn } from './config.ts';
import type { PeersOptions } from './peers.ts';

/** Go's tls.RequireAndVerifyClientCert. */
const requireClientCertificate = 4;

/** Certificates of a node; undefined where the configuration wants plain HTTP. */
export interface NodeTls {
  readonly server: ServerOptions;
  readonly peers: PeersOptions['tls'];
}

/** @throws FatalError when HTTPS is wanted and a file cannot be read */
export function readTls(program: Program, config: JsonObject): NodeTls | undefined {
  if (!isOn(config, 'net', 'http', 'use_https')) return undefined;
  const http = at(config, 'net', 'http');
  const read = (name: string): Buffer | undefined => {
    const path = textAt(http, name);
    if (path === '') return undefined;
    try {
      return readFileSync(ownPath(program, path));
    } catch (error) {
      throw new FatalError(`failed to load ${name} "${path}": ${errorMessage(error)}`);
    }
  };
  const pair = { cert: read('server_crt'), key: read('server_key') };
  if (pair.cert === undefined || pair.key === undefined) {
    throw new FatalError('HTTPS without a certificate: set server_crt and server_key');
  }
  const { cert, key } = pair;
  const ca = read('client_ca_tls');
  const clientAuth = Number(at(http, 'client_auth_tls') ?? 0);
  return {
    server: {
      ...{ cert, key, requestCert: clientAuth > 0 },
      rejectUnauthorized: clientAuth >= requireClientCertificate,
      ...(ca !== undefined && { ca }),
    },
    peers: {
      cert,
      key,
      skipVerify: isOn(config, 'net', 'http', 'skip_verify'),
      ...(ca !== undefined && { ca }),
    },
  };
}
