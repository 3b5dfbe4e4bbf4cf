import * as z from 'zod';
import { quantity } from '../schema/core-types.ts';
import { described, int32, text } from '../schema/fields.ts';
import { configField, imageFields, pullSecretsField } from './aistore-schema.ts';
import { statusFields } from './aistore-status-schema.ts';
import { olderMounts, portsOf, schedulingFields } from './role-schema.ts';

const noDiskIo = z.object({
  enabled: described(z.boolean(), 'Without effect.'),
  dryobjsize: described(quantity, 'Without effect.'),
});

/** `.spec` of the first operator's AIStore. What the other version says beyond it is in an annotation. */
export const olderAistoreSpecSchema = z.object({
  size: described(
    int32(-1),
    'How many proxies and how many targets there are. -1 is one on every node that the nodeSelector of a role matches.',
  ),
  ...imageFields,
  hostpathPrefix: described(
    text().optional(),
    'Folder of the nodes where the identity of AIStore nodes and the metadata of the cluster are kept. Needed unless another version says where they are.',
  ),
  configToUpdate: configField,
  configCRName: described(text(253).optional(), 'Without effect; the configuration is in configToUpdate.'),
  proxySpec: described(
    z.object({ ...portsOf('proxy'), ...schedulingFields }),
    'Proxies, which clients talk to.',
  ),
  targetSpec: described(
    z.object({
      ...portsOf('target'),
      ...schedulingFields,
      mounts: described(olderMounts, 'Disks of a target. Object data is on them. They cannot be changed.'),
      nodiskio: described(noDiskIo.optional(), 'Without effect; AIStore has no dry runs any more.'),
    }),
    'Targets, which have the objects.',
  ),
  cleanupData: described(
    z.boolean().optional(),
    'Whether objects, buckets and metadata are deleted when this object is.',
  ),
  imagePullSecrets: pullSecretsField,
  disablePodAntiAffinity: described(
    z.boolean().optional(),
    'Whether a node may have more than one target. Proxies are always on nodes of their own.',
  ),
  enableExternalLB: described(
    z.boolean().optional(),
    'Whether there are load balancers, one for all proxies and one for each target.',
  ),
});

/** `.status` of the first operator's AIStore. */
export const olderAistoreStatusSchema = z.object({
  ...statusFields,
  consecutive_error_count: described(int32(0).optional(), 'Of the first operator; nobody counts any more.'),
  config_version: described(text(253).optional(), 'Of the first operator; without effect.'),
});
