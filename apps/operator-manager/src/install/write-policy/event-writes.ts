import { maxNodeInDeviceName } from '@rackwright/api';
import { cxi } from '@rackwright/keys';
import { type AllowedWrites, changedOutside } from './allowed-writes.ts';
import { isFitted } from './cel.ts';

/** Longest `reportingInstance` the API server takes. */
const maxInstance = 128;

/** Whether an event is told by the component, on the node of the request. */
const reporter = (event: string, component: string): string =>
  `${event}.reportingController == '${component}' && ${event}.reportingInstance == ` +
  `(size(variables.node) <= ${maxInstance} ? variables.node : variables.node.substring(0, ${maxInstance}))`;

const regarding = 'variables.after.regarding';
const ownDevice = isFitted(`${regarding}.name`, 'variables.node', {
  max: maxNodeInDeviceName,
  rest: '-cxi[0-9]+',
});

/** Who tells events of its own, and about what. */
export interface EventWriter {
  /** Its `reportingController`. */
  readonly component: string;
  /** In sentences: `a driver agent`. */
  readonly who: string;
  /** In sentences: `its Node`. */
  readonly about: string;
  /** Condition in CEL over what the event regards. */
  readonly regards: string;
}

/** The events of an agent: in its own name, about its own node; of an old one only the count changes. */
export function eventsOf({ component, who, about, regards }: EventWriter): AllowedWrites {
  return {
    apiGroup: 'events.k8s.io',
    apiVersion: 'v1',
    resource: 'events',
    variables: [
      {
        name: 'eventChanges',
        // A new event has everything anew, but no metadata of its own.
        expression: `(${changedOutside({ fields: ['series'], metadata: [] })}).filter(path, request.operation == 'UPDATE' || path.startsWith('metadata.'))`,
      },
    ],
    validations: [
      {
        expression:
          `request.operation in ['CREATE', 'UPDATE'] && ${reporter('variables.after', component)} && ` +
          `(request.operation == 'CREATE' || (${reporter('variables.before', component)}))`,
        message: `${who} may write no events but its own, with itself as reportingController and its node as reportingInstance`,
      },
      {
        expression: `request.operation == 'DELETE' || (${regards})`,
        message: `${who} may write no events but those regarding ${about}`,
      },
      {
        expression: "request.operation == 'DELETE' || variables.eventChanges.size() == 0",
        message: `${who} may change nothing of an event but its series`,
        messageExpression: `'${who} may change nothing of an event but its series, not ' + variables.eventChanges.join(', ')`,
      },
    ],
  };
}

/** A driver agent tells events in its own name, about its Node and its CXIDevices. */
export const eventWrites = eventsOf({
  component: cxi.component.driverAgent,
  who: 'a driver agent',
  about: 'its Node and its CXIDevices',
  regards:
    `${regarding}.kind == 'Node' ? ${regarding}.name == variables.node : ` +
    `(${regarding}.kind == 'CXIDevice' && ${ownDevice})`,
});

/** node-discovery tells events about its Node. */
export const discoveryEventWrites = eventsOf({
  component: 'node-discovery',
  who: 'node-discovery',
  about: 'its Node',
  regards: `${regarding}.kind == 'Node' && ${regarding}.name == variables.node`,
});
