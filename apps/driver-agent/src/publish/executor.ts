import { cxiDevices } from '@rackwright/api';
import { cxi } from '@rackwright/keys';
import { apiVersionOf, type EventRecorder, type KubeClient, type Node, resources } from '@rackwright/kube';
import type { Action, PlannedEvent } from '../plan/action.ts';
import type { ObservedState } from './observed-state.ts';

export interface ExecutorOptions {
  readonly client: Pick<KubeClient, 'apply' | 'patch' | 'delete'>;
  readonly observedState: ObservedState;
  readonly recorder: Pick<EventRecorder, 'emit'>;
  /** Name of the own Node. */
  readonly node: string;
}

const fieldManager = cxi.fieldManager.driverAgent;

/** Carries out one action of a plan, remembers the answer and emits the action's events. */
export class Executor {
  readonly #options: ExecutorOptions;

  constructor(options: ExecutorOptions) {
    this.#options = options;
  }

  /** @throws KubeError if the API server refuses or does not answer */
  async execute(action: Action, signal: AbortSignal): Promise<void> {
    // Events about something that is deleted need its uid from before.
    const events = action.events.map(
      (event) => [event, this.#options.observedState.uid(event.regarding)] as const,
    );
    await this.#write(action, signal);
    for (const [event, uid] of events) this.#emit(event, uid);
  }

  async #write(action: Action, signal: AbortSignal): Promise<void> {
    const { client, observedState, node } = this.#options;
    switch (action.kind) {
      case 'applyDevice':
        observedState.sawDevice(await client.apply(cxiDevices, action.object, { fieldManager, signal }));
        return;
      case 'applyStatus': {
        const options = { fieldManager, subresource: 'status', signal } as const;
        observedState.sawDevice(await client.apply(cxiDevices, action.object, options));
        return;
      }
      case 'clearStatus': {
        const options = { strategy: 'merge', subresource: 'status', fieldManager, signal } as const;
        const patch = { status: action.patch };
        observedState.sawDevice(await client.patch(cxiDevices, { name: action.name }, patch, options));
        return;
      }
      case 'deleteDevice':
        await client.delete(
          cxiDevices,
          { name: action.name },
          { preconditions: { uid: action.uid }, signal },
        );
        observedState.deleted(action.name);
        return;
      case 'labelNode': {
        const object: Node = { metadata: { name: node, labels: { ...action.labels } } };
        observedState.sawNode(await client.apply(resources.nodes, object, { fieldManager, signal }));
        return;
      }
      case 'unlabelNode': {
        const labels = Object.fromEntries(action.keys.map((key) => [key, null]));
        const options = { strategy: 'merge', fieldManager, signal } as const;
        observedState.sawNode(
          await client.patch(resources.nodes, { name: node }, { metadata: { labels } }, options),
        );
        return;
      }
      case 'setNodeCondition': {
        const object: Node = { metadata: { name: node }, status: { conditions: [action.condition] } };
        const options = { fieldManager, subresource: 'status', signal } as const;
        observedState.sawNode(await client.apply(resources.nodes, object, options));
        return;
      }
      case 'announceDriver':
        observedState.announced(action.driver);
    }
  }

  #emit({ regarding, type, reason, message }: PlannedEvent, uidBefore: string | undefined): void {
    const { observedState, recorder, node } = this.#options;
    const uid = observedState.uid(regarding) ?? uidBefore;
    const object =
      regarding.kind === 'Node'
        ? { apiVersion: 'v1', kind: 'Node', name: node }
        : { apiVersion: apiVersionOf(cxiDevices), kind: cxiDevices.kind, name: regarding.name };
    recorder.emit(uid === undefined ? object : { ...object, uid }, { type, reason, message });
  }
}
