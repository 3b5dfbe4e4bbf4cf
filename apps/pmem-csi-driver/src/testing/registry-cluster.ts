import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clock, systemClock } from '@rackwright/core';
import { CsiClient } from '@rackwright/csi';
import type { TlsIdentity } from '@rackwright/grpc';
import { pmem } from '@rackwright/keys';
import { Authority, freePort, waitUntil } from '@rackwright/testbed/without-nodes';

const script = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** A program of the driver, started with flags. */
export class DriverProgram {
  readonly #child: ChildProcess;
  /** What it logged. */
  log = '';

  constructor(flags: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const node = ['--conditions=@rackwright/source', '--disable-warning=ExperimentalWarning'];
    const program = [script('../../../../tools/launch.mjs'), script('../main.ts')];
    this.#child = spawn(process.execPath, [...node, ...program, ...flags], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (text: Buffer) => {
        this.log += text.toString();
      });
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Waits until it has logged something. @throws if it ends before */
  async logged(pattern: RegExp): Promise<void> {
    await until(() => pattern.test(this.log) || !this.running).catch(() => undefined);
    if (!pattern.test(this.log)) throw new Error(`the driver did not log ${pattern}:\n${this.log}`);
  }

  async end(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (!this.running) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill(signal);
    await ended;
  }

  async ended(): Promise<void> {
    if (this.running) await once(this.#child, 'exit');
  }
}

/** Waits for a condition. */
export async function until(holds: () => boolean): Promise<void> {
  await waitUntil('that', holds, { clock: systemClock, deadlineMs: 120_000, intervalMs: 20 });
}

/** The files of one side: CA, certificate and key. */
export interface TlsFolder {
  readonly folder: string;
  readonly flags: readonly string[];
}

/** A driver with a controller for all nodes: each program is a process, on a folder of its own. */
export class RegistryCluster implements AsyncDisposable {
  readonly folder: string;
  readonly authority: Authority;
  readonly registryPort: number;
  readonly client: CsiClient;
  readonly #programs: DriverProgram[] = [];

  private constructor(folder: string, authority: Authority, registryPort: number) {
    this.folder = folder;
    this.authority = authority;
    this.registryPort = registryPort;
    this.client = new CsiClient({ endpoint: this.controllerSocket, clock: systemClock });
  }

  /** @param clock when certificates are issued */
  static async create(clock: Clock = systemClock): Promise<RegistryCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'pmem-registry-'));
    return new RegistryCluster(folder, await Authority.create(clock), await freePort());
  }

  get controllerSocket(): string {
    return `unix://${join(this.folder, 'csi-controller.sock')}`;
  }

  nodeSocket(node: string): string {
    return `unix://${join(this.folder, node, 'csi.sock')}`;
  }

  /** A certificate with a name, as files. */
  async certificate(name: string, by = this.authority): Promise<TlsFolder> {
    const { cert, key } = await by.issue({ commonName: name, hosts: [name] });
    const folder = await mkdtemp(join(this.folder, 'certs-'));
    await writeCertificate(folder, { cert, key, ca: this.authority.cert });
    const file = (name: string): string => join(folder, name);
    return {
      folder,
      flags: [`-caFile=${file('ca.crt')}`, `-certFile=${file('tls.crt')}`, `-keyFile=${file('tls.key')}`],
    };
  }

  async controller(tls?: TlsFolder, env: NodeJS.ProcessEnv = {}): Promise<DriverProgram> {
    const { flags } = tls ?? (await this.certificate(pmem.tlsName.registry));
    const program = this.#start(
      [
        ...['-mode=controller', '-nodeid=controller', `-endpoint=${this.controllerSocket}`, ...flags],
        `-registryEndpoint=tcp://127.0.0.1:${this.registryPort}`,
      ],
      env,
    );
    await program.logged(/serving CSI/);
    return program;
  }

  /** A node in fake mode, unless `flags` say otherwise. */
  async node(name: string, tls?: TlsFolder, flags: readonly string[] = []): Promise<DriverProgram> {
    const own = join(this.folder, name);
    await mkdir(own, { recursive: true });
    const certificates = tls ?? (await this.certificate(pmem.tlsName.nodeController));
    return this.#start([
      ...['-mode=node', `-nodeid=${name}`, '-deviceManager=fake', `-endpoint=${this.nodeSocket(name)}`],
      ...[`-statePath=${join(own, 'state')}`, `-controllerEndpoint=tcp://127.0.0.1:${await freePort()}`],
      ...[`-registryEndpoint=tcp://127.0.0.1:${this.registryPort}`, ...certificates.flags, ...flags],
    ]);
  }

  #start(flags: readonly string[], env: NodeJS.ProcessEnv = {}): DriverProgram {
    const program = new DriverProgram(flags, env);
    this.#programs.push(program);
    return program;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.end()));
    await rm(this.folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Writes what a side shows and trusts, as a mounted Secret is renewed: in place. */
export async function writeCertificate(folder: string, { ca, cert, key }: TlsIdentity): Promise<void> {
  await writeFile(join(folder, 'ca.crt'), ca);
  await writeFile(join(folder, 'tls.crt'), cert);
  await writeFile(join(folder, 'tls.key'), key);
}
