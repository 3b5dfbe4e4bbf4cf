import { preset } from './jest.preset.mjs';

export default {
  ...preset,
  testMatch: ['<rootDir>/{apps,libs,tools}/*/src/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
};
