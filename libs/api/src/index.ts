export {
  type Access,
  type Admission,
  type AdmissionCheck,
  type AdmissionLookup,
  type AdmissionMutation,
  type AdmissionRule,
  type AdmissionSubject,
  allowedImagesSetting,
  type ClusterLookups,
  type ClusterView,
  isAbout,
  type Operation,
  type Requester,
} from './admission/admission.ts';
export { evaluate, type RuleSettings } from './admission/evaluate.ts';
export { matchConditions, needsReview } from './admission/match-conditions.ts';
export { admissions } from './admissions.ts';
export { ai100Definitions } from './ai100/definitions.ts';
export { parseAidaptivCache } from './ai100/parse.ts';
export {
  type PhisonPluginContainer,
  type PhisonPluginPod,
  parsePhisonPluginPod,
} from './ai100/phison-plugin.ts';
export { aidaptivCacheNodes, aidaptivCaches, phisonDeviceOperators } from './ai100/resources.ts';
export type {
  AidaptivCache,
  AidaptivCacheNode,
  AidaptivCacheNodeStatus,
  AidaptivCacheSpec,
  AidaptivCacheSpecInput,
  AidaptivCacheStatus,
  PhisonDeviceOperator,
  PhisonDeviceOperatorSpec,
  PhisonDeviceOperatorStatus,
} from './ai100/types.ts';
export { aisDefinitions } from './ais/definitions.ts';
export { parseAIStore, parseAIStoreAuth, parseAIStoreAuthProfile } from './ais/parse.ts';
export { aistoreProblems } from './ais/problems.ts';
export { aistoreAuthProfiles, aistoreAuths, aistores, olderAistores } from './ais/resources.ts';
export type {
  AIStore,
  AIStoreAuth,
  AIStoreAuthProfile,
  AIStoreAuthProfileSpec,
  AIStoreAuthSpec,
  AIStoreAuthStatus,
  AIStoreConfig,
  AIStoreRoleSpec,
  AIStoreSpec,
  AIStoreSpecInput,
  AIStoreStatus,
  AIStoreTargetSpec,
  OlderAIStore,
} from './ais/types.ts';
export { controlPlaneDefinitions } from './control-plane/definitions.ts';
export { leaderTerms } from './control-plane/resources.ts';
export type { LeaderTermObject } from './control-plane/types.ts';
export { conversions } from './conversions.ts';
export {
  type AnyObject,
  type ConversionWebhook,
  type Convertible,
  conversionOf,
  convertObject,
  type VersionConversion,
} from './crd/conversion.ts';
export type { Definition } from './crd/definition.ts';
export { crdShortfall } from './crd/shortfall.ts';
export { customResourceDefinitions } from './crds.ts';
export { cxiDefinitions } from './cxi/definitions.ts';
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
export {
  type AskedDriver,
  type ReadDriver,
  readCentral as readPmemDeployment,
  readNodeLocal as readPmemCsiDeployment,
  sharesName,
  usesMemory,
} from './pmem/asked-drivers.ts';
export { pmemDefinitions } from './pmem/definitions.ts';
export { pmemDriverName } from './pmem/driver-name.ts';
export {
  parsePmemCsiDeployment,
  parsePmemDeployment,
  type ValidPmemCsiDeployment,
  type ValidPmemDeployment,
} from './pmem/parse.ts';
export { pmemCsiDeployments, pmemDeployments } from './pmem/resources.ts';
export type {
  PmemCsiDeployment,
  PmemCsiDeploymentSpec,
  PmemCsiDeploymentStatus,
  PmemDeployment,
  PmemDeploymentSpec,
} from './pmem/types.ts';
