import { createHash } from 'node:crypto';
import { HwError } from '@rackwright/core';

/** Kubernetes allows this many characters after the slash of an annotation's key. */
const MAX_NAME = 63;

/**
 * The annotation that asks a runtime for CDI devices where the kubelet cannot
 * pass their names itself: key `cdi.k8s.io/<plugin>_<id>`, value the qualified
 * names (pkg/cdi/annotations.go). An id that leaves no room for all of it ends in
 * a digest of itself.
 *
 * @param id tells apart what one plugin asks for on one container
 * @throws HwError InvalidArgument if the key would not be a valid annotation name
 */
export function cdiAnnotation(plugin: string, id: string, names: readonly string[]): Record<string, string> {
  const whole = `${plugin}_${id.replaceAll('/', '_')}`;
  const digest = createHash('sha256').update(id).digest('hex').slice(0, 12);
  const name = whole.length <= MAX_NAME ? whole : `${whole.slice(0, MAX_NAME - 13)}-${digest}`;
  if (!/^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/.test(name)) {
    throw new HwError('InvalidArgument', `${JSON.stringify(name)} is not an annotation name`, {
      remedy: 'use at most 63 letters, digits, dots, dashes and underscores',
    });
  }
  return { [`cdi.k8s.io/${name}`]: names.join(',') };
}
