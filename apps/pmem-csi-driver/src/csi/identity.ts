import { csi, type IdentityMethods } from '@rackwright/csi';

export interface IdentityOptions {
  readonly driver: string;
  readonly version: string;
  /** Whether volumes can be made larger. */
  readonly grows: boolean;
  /** Whether volumes can be made and used; undefined says so, else why not. */
  readonly obstacle: () => Promise<string | undefined>;
}

/** Says who the driver is and what it can do. */
export function identity({ driver, version, grows, obstacle }: IdentityOptions): IdentityMethods {
  const { CONTROLLER_SERVICE, VOLUME_ACCESSIBILITY_CONSTRAINTS } = csi.PluginCapability_Service_Type;
  const { ONLINE } = csi.PluginCapability_VolumeExpansion_Type;
  const online: csi.PluginCapability = {
    type: { $case: 'volumeExpansion', volumeExpansion: { type: ONLINE } },
  };
  return {
    getPluginInfo: async () => ({ name: driver, vendorVersion: version, manifest: {} }),
    getPluginCapabilities: async () => ({
      capabilities: [
        ...[CONTROLLER_SERVICE, VOLUME_ACCESSIBILITY_CONSTRAINTS].map(
          (type): csi.PluginCapability => ({ type: { $case: 'service', service: { type } } }),
        ),
        ...(grows ? [online] : []),
      ],
    }),
    probe: async () => ({ ready: (await obstacle()) === undefined }),
  };
}
