import { HwError } from '@rackwright/core';

/**
 * The annotation that asks a runtime for CDI devices where the kubelet cannot
 * pass their names itself: key `cdi.k8s.io/<plugin>_<id>`, value the qualified
 * names (pkg/cdi/annotations.go).
 *
 * @param id tells apart what one plugin asks for on one container
 * @throws HwError InvalidArgument if the key would not be a valid annotation name
 */
export function cdiAnnotation(plugin: string, id: string, names: readonly string[]): Record<string, string> {
  const name = `${plugin}_${id.replaceAll('/', '_')}`;
  if (!/^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/.test(name)) {
    throw new HwError('InvalidArgument', `${JSON.stringify(name)} is not an annotation name`, {
      remedy: 'use at most 63 letters, digits, dots, dashes and underscores',
    });
  }
  return { [`cdi.k8s.io/${name}`]: names.join(',') };
}
