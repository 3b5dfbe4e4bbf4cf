import { maxNodeInDeviceName } from '@rackwright/api';
import { cxi } from '@rackwright/keys';
import { type AllowedWrites, changedOutside } from './allowed-writes.ts';
import { isFitted } from './cel.ts';

/** Longest `reportingInstance` the API server takes. */
const maxInstance = 128;

const reporter = (event: string): string =>
  `${event}.reportingController == '${cxi.component.driverAgent}' && ${event}.reportingInstance == ` +
  `(size(variables.node) <= ${maxInstance} ? variables.node : variables.node.substring(0, ${maxInstance}))`;

const regarding = 'variables.after.regarding';
const ownDevice = isFitted(`${regarding}.name`, 'variables.node', {
  max: maxNodeInDeviceName,
  rest: '-cxi[0-9]+',
});

/** A driver agent tells events in its own name, about its Node and its CXIDevices. */
export const eventWrites: AllowedWrites = {
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
        `request.operation in ['CREATE', 'UPDATE'] && ${reporter('variables.after')} && ` +
        `(request.operation == 'CREATE' || (${reporter('variables.before')}))`,
      message:
        'a driver agent may write no events but its own, with itself as reportingController and its node as reportingInstance',
    },
    {
      expression:
        `request.operation == 'DELETE' || (${regarding}.kind == 'Node' ? ${regarding}.name == variables.node : ` +
        `(${regarding}.kind == 'CXIDevice' && ${ownDevice}))`,
      message: 'a driver agent may write no events but those regarding its Node and its CXIDevices',
    },
    {
      expression: "request.operation == 'DELETE' || variables.eventChanges.size() == 0",
      message: 'a driver agent may change nothing of an event but its series',
      messageExpression:
        "'a driver agent may change nothing of an event but its series, not ' + variables.eventChanges.join(', ')",
    },
  ],
};
