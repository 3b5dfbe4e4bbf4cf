import { HwError, type Latest } from '@rackwright/core';
import type { ServerTls, TlsIdentity } from '@rackwright/grpc';
import { type KeyPairPaths, RenewedFiles, readAuthorities, readKeyPair } from '@rackwright/host';
import { containerPath } from '@rackwright/service';
import type { DriverContext } from '../app.ts';
import { addCertificateExpiry } from './metrics.ts';

/** What a driver shows to those it serves, and to those it calls. */
export interface DriverTls {
  readonly server: Latest<TlsIdentity>;
  readonly client: Latest<TlsIdentity>;
}

/**
 * The certificates that the flags name, read again while the driver runs.
 *
 * @throws HwError InvalidArgument naming a flag that is missing, FailedPrecondition naming a file
 */
export async function openTls(context: DriverContext): Promise<DriverTls> {
  const { config, lifetime, metrics } = context;
  const ca = required('caFile', config.caFile);
  const own = { cert: required('certFile', config.certFile), key: required('keyFile', config.keyFile) };
  const server = await renewed(context, ca, own);
  const client = await clientIdentity(context, ca);
  for (const files of [server, ...(client === undefined ? [] : [client])])
    lifetime.spawn(files.name, (signal) => files.start(signal));
  const identities = { server: server.newest, client: (client ?? server).newest };
  addCertificateExpiry(metrics, identities);
  return identities;
}

/** A pair of its own for calls, if the flags name one; else what is served is shown, too. */
async function clientIdentity(
  context: DriverContext,
  ca: string,
): Promise<RenewedFiles<TlsIdentity> | undefined> {
  const { clientCertFile: cert = '', clientKeyFile: key = '' } = context.config;
  if (cert === '' && key === '') return undefined;
  return renewed(context, ca, {
    cert: required('clientCertFile', cert),
    key: required('clientKeyFile', key),
  });
}

function renewed(
  { env, clock, logger }: DriverContext,
  ca: string,
  { cert, key }: KeyPairPaths,
): Promise<RenewedFiles<TlsIdentity>> {
  const at = (path: string): string => containerPath(path, env);
  const paths = { cert: at(cert), key: at(key) };
  const read = async (): Promise<TlsIdentity> => ({
    ...(await readKeyPair(paths, clock.now())),
    ca: await readAuthorities(at(ca)),
  });
  const equal = (a: TlsIdentity, b: TlsIdentity): boolean =>
    a.ca === b.ca && a.cert === b.cert && a.key === b.key;
  return RenewedFiles.open({ name: `certificate in ${cert}`, read, equal, clock, logger });
}

/** How a port is served to the peer of a name; who is turned away is logged. */
export function serverTls(tls: DriverTls, peerName: string, { logger }: DriverContext): ServerTls {
  const refused = (reason: string): void => logger.warn('a caller is turned away', { peerName, reason });
  return { identity: tls.server, peerName, refused };
}

function required(flag: string, path: string | undefined): string {
  if (path) return path;
  throw new HwError('InvalidArgument', `-${flag} is missing`, {
    field: flag,
    remedy: 'controller and nodes speak mutual TLS: name the files of the CA, the certificate and its key',
  });
}
