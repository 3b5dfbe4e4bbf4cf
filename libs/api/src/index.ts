export { crdShortfall } from './crd/shortfall.ts';
export { customResourceDefinitions } from './crds.ts';
export { cxiDeviceName, cxiDevicesOfNode, maxNodeInDeviceName, nodeLabelValue } from './cxi/device-names.ts';
export { parseCxiDriver } from './cxi/parse.ts';
export { cxiDevices, cxiDrivers } from './cxi/resources.ts';
export type {
  CxiDeviceObject,
  CxiDeviceSpec,
  CxiDeviceStatus,
  CxiDriver,
  CxiDriverSpec,
  CxiDriverSpecInput,
  CxiDriverStatus,
} from './cxi/types.ts';
