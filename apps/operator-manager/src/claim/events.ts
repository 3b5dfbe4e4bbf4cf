import { cxi } from '@rackwright/keys';
import type { KubeObject, Regarding } from '@rackwright/kube';

/** A CXIDriver as what an event is about. */
export function regardingDriver({ metadata = {} }: KubeObject): Regarding {
  const { name = '', uid } = metadata;
  const kind = { apiVersion: `${cxi.group}/${cxi.version}`, kind: 'CXIDriver', name };
  return uid === undefined ? kind : { ...kind, uid };
}
