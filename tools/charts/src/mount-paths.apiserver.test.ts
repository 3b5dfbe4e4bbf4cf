import { expect, test } from '@jest/globals';
import { objectOf } from './render-fixture.ts';

interface PodTemplate {
  readonly template: {
    readonly spec: { readonly containers: readonly { readonly volumeMounts: readonly object[] }[] };
  };
}

test.each(['ai100-device-plugin', 'cxi-device-plugin'])(
  '%s mounts a kubelet folder whose name looks like YAML as it is named',
  async (chart) => {
    const { spec } = await objectOf({ chart, values: { kubelet: { rootDir: '/a: b #c' } } }, 'DaemonSet');
    const [container] = (spec as unknown as PodTemplate).template.spec.containers;
    expect(container?.volumeMounts).toContainEqual({
      name: 'device-plugins',
      mountPath: '/a: b #c/device-plugins',
    });
  },
);
