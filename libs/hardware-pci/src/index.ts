export { type PciFunction, pciFunctions } from './functions.ts';
export { isPciAddress, parsePciClass, parsePciId } from './parse.ts';
export { maxPciFunctions, type PciSnapshot, type RawPciFunction, scanPci } from './scan.ts';
