import { errorMessage, HwError, isHwError } from '@rackwright/core';
import { type ControllerMethods, type CsiCall, csi } from '@rackwright/csi';
import { requireText } from '../csi/checks.ts';
import { controllerCapabilities, requestedVolume } from '../csi/controller.ts';
import { VolumeLocks } from '../volumes/locks.ts';
import { pageOf } from '../volumes/paging.ts';
import { olderVolumeIdOf, volumeIdOf } from '../volumes/volume-id.ts';
import { capacityOf } from './capacity.ts';
import { type Homes, nodeKey } from './homes.ts';
import { listEverywhere } from './list-everywhere.ts';
import { NodeCallError } from './node-client.ts';
import { type KnownNode, type Nodes, requireConnected } from './nodes.ts';
import { candidatesOf } from './placement.ts';

export interface ClusterControllerOptions {
  readonly nodes: Nodes;
  readonly homes: Homes;
  /** Label of nodes, such as `pmem-csi.intel.com/node`. */
  readonly topologyKey: string;
}

/** What a node says of a request that no other node would say anything else of. */
const finalCodes = ['InvalidArgument', 'AlreadyExists', 'Conflict', 'Cancelled', 'DeadlineExceeded'] as const;

/**
 * The part of CSI that the provisioner calls, for the volumes of all nodes: each
 * call goes on to the node that has the volume, or is to have it. Nothing that
 * is not known is taken as not there: of a volume whose node is away, or was not
 * heard of since a restart, the answer is UNAVAILABLE, and the call comes again.
 */
export class ClusterController {
  readonly #options: ClusterControllerOptions;
  readonly #locks = new VolumeLocks();

  constructor(options: ClusterControllerOptions) {
    this.#options = options;
  }

  /** What gRPC serves. */
  get methods(): ControllerMethods {
    const { controllerExpandVolume, controllerGetVolume, validateVolumeCapabilities } = csi.ControllerService;
    const { nodes, topologyKey } = this.#options;
    return {
      controllerGetCapabilities: async () => ({
        capabilities: controllerCapabilities.map((type) => ({ type: { $case: 'rpc', rpc: { type } } })),
      }),
      createVolume: (request, call) => this.#create(request, call),
      deleteVolume: (request, call) => this.#delete(request, call),
      listVolumes: async ({ startingToken, maxEntries }, { signal }) => {
        const { items, nextToken } = pageOf(
          await listEverywhere(nodes.list(), signal),
          startingToken,
          maxEntries,
        );
        return { entries: [...items], nextToken };
      },
      getCapacity: (request, { signal }) => capacityOf(request, { nodes, topologyKey, signal }),
      validateVolumeCapabilities: async (request, { signal }) => {
        const holder = await this.#holderOf(request.volumeId, signal);
        return holder.client.call(validateVolumeCapabilities, request, { signal });
      },
      controllerExpandVolume: async (request, { signal }) => {
        const holder = await this.#holderOf(request.volumeId, signal);
        return holder.client.call(controllerExpandVolume, request, { signal });
      },
      controllerGetVolume: async (request, { signal }) => {
        const holder = await this.#holderOf(request.volumeId, signal);
        const answer = await holder.client.call(controllerGetVolume, request, { signal });
        return { ...answer, volume: answer.volume && withNodeName(answer.volume, holder.id) };
      },
    };
  }

  #create(request: csi.CreateVolumeRequest, { signal }: CsiCall): Promise<csi.CreateVolumeResponse> {
    const { name } = requestedVolume(request);
    const id = volumeIdOf(name);
    return this.#locks.run(id, async () => {
      const failures: NodeCallError[] = [];
      for (const node of this.#placesFor(name, request)) {
        const volume = await this.#createOn(node, id, request, signal).catch((error: unknown) => {
          if (!(error instanceof NodeCallError) || isHwError(error, ...finalCodes)) throw error;
          failures.push(error);
        });
        if (volume) return { volume };
      }
      throw nowhere(name, failures);
    });
  }

  /** A volume that is there stays where it is; where it may be is looked first. */
  #placesFor(name: string, { accessibilityRequirements }: csi.CreateVolumeRequest): KnownNode[] {
    const { nodes, topologyKey } = this.#options;
    const holders = [volumeIdOf(name), olderVolumeIdOf(name)].flatMap((id) => nodes.holders(id));
    const known = holders.map((node) => requireConnected(node, `volume ${JSON.stringify(name)}`));
    const [first] = known;
    if (first !== undefined && first.volumes.get(volumeIdOf(name)) !== undefined) return [first];
    const connected = nodes.list().filter((node) => node.connected);
    return [...new Set([...known, ...candidatesOf(accessibilityRequirements, topologyKey, connected)])];
  }

  async #createOn(
    node: KnownNode,
    id: string,
    request: csi.CreateVolumeRequest,
    signal: AbortSignal,
  ): Promise<csi.Volume> {
    const { nodes } = this.#options;
    try {
      const { volume } = await node.client.call(csi.ControllerService.createVolume, request, { signal });
      if (volume === undefined) throw new HwError('Internal', `${node.id}: the answer has no volume`);
      const told = withNodeName(volume, node.id);
      nodes.noteVolume(node.id, volume.volumeId, told);
      return told;
    } catch (error) {
      if (mayHaveMade(error) && !node.volumes.has(id)) nodes.noteVolume(node.id, id, undefined);
      if (isUnreachable(error)) nodes.lost(node.id, errorMessage(error));
      throw error;
    }
  }

  #delete({ volumeId, secrets }: csi.DeleteVolumeRequest, { signal }: CsiCall): Promise<object> {
    const id = requireText('volume_id', volumeId);
    const { nodes, homes } = this.#options;
    return this.#locks.run(id, async () => {
      const holders = nodes.holders(id);
      const asked = holders.length > 0 ? holders : await this.#homes(id, signal);
      for (const node of asked) {
        const isThere = node.connected || (await homes.exists(node.id, signal));
        if (isThere) {
          const { client } = requireConnected(node, `volume ${id}`);
          await client.call(csi.ControllerService.deleteVolume, { volumeId: id, secrets }, { signal });
        }
        nodes.forgetVolume(node.id, id);
      }
      return {};
    });
  }

  /** @throws HwError NotFound, Unavailable if a node that may have the volume cannot be asked */
  async #holderOf(volumeId: string, signal: AbortSignal): Promise<KnownNode> {
    const id = requireText('volume_id', volumeId);
    const [holder] = this.#options.nodes.holders(id);
    if (holder !== undefined) return requireConnected(holder, `volume ${id}`);
    for (const node of await this.#homes(id, signal)) {
      const entries = await node.client.list(signal);
      const found = entries.find(({ volume }) => volume?.volumeId === id)?.volume;
      if (found === undefined) continue;
      this.#options.nodes.noteVolume(node.id, id, found);
      return node;
    }
    throw new HwError('NotFound', `there is no volume ${JSON.stringify(id)}`, { field: 'volume_id' });
  }

  /** The nodes that may have a volume nobody has told of; all can be asked. */
  async #homes(id: string, signal: AbortSignal): Promise<KnownNode[]> {
    const { nodes, homes } = this.#options;
    return (await homes.of(id, signal)).map((name) => {
      const node = nodes.get(name);
      if (node !== undefined) return requireConnected(node, `volume ${id}, it may be,`);
      throw new HwError('Unavailable', `volume ${id} may be on node ${name}, which has not registered yet`);
    });
  }
}

/** After which failures a node may have the volume nevertheless. */
function mayHaveMade(error: unknown): boolean {
  const codes = ['Internal', 'Unavailable', 'DeadlineExceeded', 'Cancelled', 'AlreadyExists'] as const;
  return !(error instanceof NodeCallError) || (error.taken && isHwError(error, ...codes));
}

function isUnreachable(error: unknown): boolean {
  return error instanceof NodeCallError && !error.taken && isHwError(error, 'Unavailable');
}

function withNodeName(volume: csi.Volume, node: string): csi.Volume {
  return { ...volume, volumeContext: { ...volume.volumeContext, [nodeKey]: node } };
}

/** A claim whose volume fits nowhere goes back to the scheduler, which ResourceExhausted asks for. */
function nowhere(name: string, failures: readonly NodeCallError[]): HwError {
  const full = failures.length > 0 && failures.every(({ code }) => code === 'ResourceExhausted');
  const [only] = failures;
  if (failures.length === 1 && only !== undefined) return only;
  const why = failures.map(({ message }) => message).join('; ') || 'none that will do is registered';
  return new HwError(
    full ? 'ResourceExhausted' : 'Unavailable',
    `No node found for volume ${JSON.stringify(name)}: ${why}`,
  );
}
