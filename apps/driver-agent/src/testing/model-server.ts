import { type CxiDeviceObject, cxiDevicesOfNode } from '@rackwright/api';
import type { Action } from '../plan/action.ts';
import type { Observed, ObservedNode } from '../plan/observed.ts';

type Json = { [key: string]: unknown };

/**
 * What server-side apply and merge patch make of a node and its CXIDevices:
 * fields an apply leaves out go if they were ours and stay if they are
 * somebody else's.
 */
export class ModelServer {
  readonly node: string;
  readonly uid = 'node-uid';
  readonly #ownLabels: Record<string, string> = {};
  readonly #otherLabels: Record<string, string>;
  readonly #objects = new Map<string, { identity: CxiDeviceObject; own: Json; other: Json }>();
  #condition: ObservedNode['rebootRequired'];
  #announced: Observed['announced'];
  #uids = 0;

  constructor(node: string, otherLabels: Record<string, string> = {}) {
    this.node = node;
    this.#otherLabels = otherLabels;
  }

  get labels(): Record<string, string> {
    return { ...this.#otherLabels, ...this.#ownLabels };
  }

  observed(): Observed {
    const objects = [...this.#objects].map(([name, { identity, own, other }]) => {
      const status = merged(other, own);
      return [name, Object.keys(status).length === 0 ? identity : { ...identity, status }] as const;
    });
    return {
      node: {
        uid: this.uid,
        labels: this.labels,
        ...(this.#condition === undefined ? {} : { rebootRequired: this.#condition }),
      },
      devices: new Map(objects as [string, CxiDeviceObject][]),
      ...(this.#announced === undefined ? {} : { announced: this.#announced }),
    };
  }

  /** Somebody else changes something. */
  setLabel(key: string, value: string): void {
    this.#otherLabels[key] = value;
  }

  removeLabel(key: string): void {
    delete this.#ownLabels[key];
  }

  remove(name: string): void {
    this.#objects.delete(name);
  }

  writeStatus(name: string, status: Json): void {
    const object = this.#objects.get(name);
    if (object !== undefined) object.other = merged(object.other, status);
  }

  addLeftover(name: string): void {
    const [key = '', value = ''] = cxiDevicesOfNode(this.node).split('=');
    const identity = { metadata: { name, uid: this.#uid(), labels: { [key]: value } } };
    this.#objects.set(name, { identity, own: {}, other: {} });
  }

  execute(action: Action): void {
    switch (action.kind) {
      case 'applyDevice': {
        const name = action.object.metadata?.name ?? '';
        const before = this.#objects.get(name);
        const uid = before?.identity.metadata?.uid ?? this.#uid();
        const identity = { ...action.object, metadata: { ...action.object.metadata, uid } };
        this.#objects.set(name, { identity, own: before?.own ?? {}, other: before?.other ?? {} });
        return;
      }
      case 'applyStatus': {
        const object = this.#existing(action.object.metadata?.name ?? '');
        object.own = action.object.status as Json;
        // What an apply sets by force is no longer somebody else's.
        object.other = without(object.other, object.own);
        return;
      }
      case 'clearStatus': {
        const object = this.#existing(action.name);
        object.own = patched(object.own, action.patch);
        object.other = patched(object.other, action.patch);
        return;
      }
      case 'deleteDevice':
        this.#existing(action.name);
        this.#objects.delete(action.name);
        return;
      case 'labelNode':
        for (const key of Object.keys(this.#ownLabels)) delete this.#ownLabels[key];
        for (const key of Object.keys(action.labels)) delete this.#otherLabels[key];
        Object.assign(this.#ownLabels, action.labels);
        return;
      case 'unlabelNode':
        for (const key of action.keys) {
          delete this.#ownLabels[key];
          delete this.#otherLabels[key];
        }
        return;
      case 'setNodeCondition':
        this.#condition = action.condition;
        return;
      case 'announceDriver':
        this.#announced = action.driver;
    }
  }

  #existing(name: string): { identity: CxiDeviceObject; own: Json; other: Json } {
    const object = this.#objects.get(name);
    if (object === undefined) throw new Error(`there is no ${name}`);
    return object;
  }

  #uid(): string {
    this.#uids += 1;
    return `uid-${this.#uids}`;
  }
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function merged(under: Json, over: Json): Json {
  const result = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const below = result[key];
    result[key] = isJson(value) && isJson(below) ? merged(below, value) : value;
  }
  return result;
}

function without(from: Json, taken: Json): Json {
  const result: Json = {};
  for (const [key, value] of Object.entries(from)) {
    const other = taken[key];
    if (other === undefined) result[key] = value;
    else if (isJson(value) && isJson(other)) result[key] = without(value, other);
  }
  return result;
}

function patched(from: Json, patch: Readonly<Json>): Json {
  const result = { ...from };
  for (const [key, value] of Object.entries(patch)) {
    const below = result[key];
    if (value === null) delete result[key];
    else if (isJson(value)) {
      if (isJson(below)) result[key] = patched(below, value);
    } else result[key] = value;
  }
  return result;
}
