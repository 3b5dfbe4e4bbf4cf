import * as z from 'zod';
import { conditions } from '../schema/core-types.ts';
import { described, int32, int64, text, timestamp } from '../schema/fields.ts';

/** NIC addresses have 20 bits (Cassini DFA). */
const maxNid = 0xfffff;

const retryHandlerStats = z.object({
  totalRetries: described(int64(0).optional(), 'Packets sent again for any reason.'),
  timeoutRetries: described(int64(0).optional(), 'Packets sent again because no answer came.'),
  nackRetries: described(int64(0).optional(), 'Packets sent again because the target refused them.'),
  pendingRetries: described(int32(0).optional(), 'Packets waiting to be sent again.'),
});

const retryHandler = z.object({
  enabled: described(z.boolean().optional(), 'Whether a retry handler serves this NIC.'),
  policy: described(text(64).optional(), 'Name of the configuration file it runs with.'),
  state: described(
    z.enum(['Starting', 'Running', 'External', 'Backoff', 'Failed', 'Stopped']).optional(),
    'What its supervisor says. External is a retry handler of the host.',
  ),
  restarts: described(int32(0).optional(), 'How often the supervisor started it again.'),
  stats: described(retryHandlerStats.optional(), 'Its counters.'),
});

const health = z.object({
  status: described(
    z.enum(['Healthy', 'Degraded', 'Unhealthy', 'Unknown']).optional(),
    'Whether the NIC can be used. Unknown is not healthy.',
  ),
  reason: described(text(256).optional(), 'One word a program can read for the status.'),
  message: described(text(4096).optional(), 'The same for people.'),
  lastCheck: described(timestamp().optional(), 'When the health was last looked at.'),
});

/** `.spec` of a CXIDevice: what somebody wants of a NIC that was found. */
export const cxiDeviceSpecSchema = z.object({
  unschedulable: described(
    z.boolean().optional(),
    'True takes the NIC out of service: no new pod gets it, pods that have it keep it. False or absent puts it back.',
  ),
});

/** `.status` of a CXIDevice. What is not known is absent; 0 is a value. */
export const cxiDeviceStatusSchema = z.object({
  node: described(text(253).optional(), 'Node the NIC is in.'),
  device: described(text(64).optional(), 'Name of the NIC on its node, such as cxi0.'),
  pciAddress: described(text(64).optional(), 'PCI address, such as 0000:21:00.0.'),
  type: described(z.enum(['pf', 'vf']).default('pf'), 'Physical or virtual function.'),
  parent: described(text(64).optional(), 'For a virtual function, the name of its physical function.'),
  numaNode: described(int32(-1).optional(), 'NUMA node the NIC is attached to.'),
  nid: described(
    int64(0, maxNid).optional(),
    'Fabric address of the NIC. Absent until the fabric has given one.',
  ),
  switchID: described(
    int32(-1).optional(),
    'Switch the NIC is attached to, taken from its address. Absent while the address is unknown.',
  ),
  linkSpeed: described(text(32).optional(), 'Speed of the link, such as 200Gbps.'),
  linkState: described(z.enum(['up', 'down', 'unknown']).optional(), 'State of the link.'),
  driverVersion: described(text(256).optional(), 'Version or revision the kernel driver reports.'),
  cassiniGeneration: described(
    int32(1, 3).optional(),
    'NIC generation: 1 for 200 Gbps Slingshot, 2 for 400 Gbps.',
  ),
  netdev: described(text(64).optional(), 'Ethernet interface of the NIC, such as hsn0.'),
  mac: described(text(32).optional(), 'MAC address of that interface.'),
  firmwareVersion: described(text(256).optional(), 'Firmware version the NIC reports.'),
  partNumber: described(text(256).optional(), 'Part number the NIC reports.'),
  serialNumber: described(text(256).optional(), 'Serial number the NIC reports.'),
  retryHandler: described(retryHandler.optional(), 'The retry handler of this NIC.'),
  health: described(health.optional(), 'Health of the NIC.'),
  conditions: described(conditions, 'Single findings about the NIC.'),
});
