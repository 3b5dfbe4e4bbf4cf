/** Names of plugins of a PhisonDeviceOperator that run here. */
export const phisonPlugins = 'device-plugin|node-discovery';
