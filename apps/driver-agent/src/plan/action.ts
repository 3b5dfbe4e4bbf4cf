import type { CxiDeviceObject } from '@rackwright/api';
import type { ObjectCondition } from '@rackwright/kube';
import type { DriverState } from '../driver/verify.ts';

/** An event to emit once the action that carries it has succeeded. */
export interface PlannedEvent {
  /** The own Node, or the CXIDevice of this name. */
  readonly regarding: { readonly kind: 'Node' } | { readonly kind: 'CXIDevice'; readonly name: string };
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

type Act =
  /** Server-side apply of identity, labels and owner; creates the object if need be. */
  | { readonly kind: 'applyDevice'; readonly object: CxiDeviceObject }
  /** Server-side apply of the whole status. */
  | { readonly kind: 'applyStatus'; readonly object: CxiDeviceObject }
  /** Removes status fields that somebody else wrote and that are not true. */
  | { readonly kind: 'clearStatus'; readonly name: string; readonly patch: Readonly<Record<string, unknown>> }
  | { readonly kind: 'deleteDevice'; readonly name: string; readonly uid: string }
  /** Server-side apply of the Node's labels. */
  | { readonly kind: 'labelNode'; readonly labels: Readonly<Record<string, string>> }
  /** Removes labels that somebody else, such as the older agent, left behind. */
  | { readonly kind: 'unlabelNode'; readonly keys: readonly string[] }
  | { readonly kind: 'setNodeCondition'; readonly condition: ObjectCondition }
  /** Writes nothing; remembers for which driver state events were emitted. */
  | { readonly kind: 'announceDriver'; readonly driver: DriverState };

/** One step of a publication. */
export type Action = Act & { readonly events: readonly PlannedEvent[] };
export type ActionKind = Action['kind'];

/** A plan as lines for people. */
export function formatActions(actions: readonly Action[]): string {
  return actions.map((action) => `${action.kind} ${subject(action)}\n`).join('');
}

function subject(action: Action): string {
  switch (action.kind) {
    case 'applyDevice':
    case 'applyStatus':
      return action.object.metadata?.name ?? '';
    case 'clearStatus':
    case 'deleteDevice':
      return action.name;
    case 'labelNode':
      return Object.entries(action.labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(' ');
    case 'unlabelNode':
      return action.keys.join(' ');
    case 'setNodeCondition':
      return `${action.condition.type}=${action.condition.status}`;
    case 'announceDriver':
      return action.driver.reason;
  }
}
