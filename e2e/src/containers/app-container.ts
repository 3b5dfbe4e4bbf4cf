import { text } from 'node:stream/consumers';
import { withDeadline } from '@rackwright/core';
import { rackwright } from '@rackwright/keys';
import { GenericContainer, getContainerRuntimeClient, PullPolicy } from 'testcontainers';
import { ownLabel } from './engine.ts';
import type { ContainerEnvironment } from './test-environment.ts';

const loopback = '127.0.0.1';

/** How an app's image is started: as its chart does, unless said. */
export interface ContainerSpec {
  readonly image: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Folders of this machine, by their place in the container. */
  readonly mounts?: Readonly<Record<string, { readonly source: string; readonly writable?: boolean }>>;
  /** User it runs as; default the image's own. */
  readonly user?: string;
}

/** An app that runs in a container, on a port of loopback. */
export class RunningContainer implements AsyncDisposable {
  readonly #stop: () => Promise<unknown>;

  private constructor(stop: () => Promise<unknown>) {
    this.#stop = stop;
  }

  /** Read-only root file system, no capability, no new privileges. */
  static async start(spec: ContainerSpec, { signal }: ContainerEnvironment): Promise<RunningContainer> {
    signal.throwIfAborted();
    const container = new ConfinedContainer(spec.image)
      .confine()
      .withPullPolicy(PullPolicy.neverPull())
      .withLabels({ [ownLabel.name]: ownLabel.value })
      // Ports stay on loopback this way, and need no bridge.
      .withNetworkMode('host')
      .withEnvironment({ [rackwright.env.sandboxAddress]: loopback, ...spec.env })
      .withCommand([...spec.args])
      .withBindMounts(
        Object.entries(spec.mounts ?? {}).map(([target, { source, writable }]) => ({
          ...{ source, target },
          mode: writable === true ? 'rw' : 'ro',
        })),
      );
    if (spec.user !== undefined) container.withUser(spec.user);
    const started = await container.start();
    return new RunningContainer(() => started.stop());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }
}

/** testcontainers knows no word for a read-only root file system. */
class ConfinedContainer extends GenericContainer {
  confine(): this {
    this.hostConfig.ReadonlyRootfs = true;
    return this.withDroppedCapabilities('ALL').withSecurityOpt('no-new-privileges');
  }
}

/** How a container ended that was to end by itself. */
export interface ContainerExit {
  readonly code: number;
  /** What it printed on both streams. */
  readonly output: string;
}

/** Runs a container until it ends; `entrypoint` stands in for the image's own. */
export async function runToEnd(
  spec: Pick<ContainerSpec, 'image' | 'args' | 'env'> & { readonly entrypoint?: readonly string[] },
  { clock, signal }: ContainerEnvironment,
): Promise<ContainerExit> {
  // A case that was given up on goes on until here.
  signal.throwIfAborted();
  const { image, args, env = {}, entrypoint } = spec;
  const client = await getContainerRuntimeClient();
  const container = await client.container.create({
    Image: image,
    Cmd: [...args],
    ...(entrypoint === undefined ? {} : { Entrypoint: [...entrypoint] }),
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    Labels: { [ownLabel.name]: ownLabel.value },
    HostConfig: {
      NetworkMode: 'none',
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
    },
  });
  try {
    await container.start();
    const { StatusCode } = (await withDeadline(clock, 60_000, `${image} ${args.join(' ')}`, () =>
      container.wait(),
    )) as { readonly StatusCode: number };
    return { code: StatusCode, output: await text(await client.container.logs(container)) };
  } finally {
    await container.remove({ force: true });
  }
}
