export * as deviceplugin from './gen/deviceplugin/v1beta1/api.ts';
export * as podresources from './gen/podresources/v1/api.ts';
