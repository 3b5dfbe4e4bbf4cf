import { preset } from './jest.preset.mjs';

export default {
  ...preset,
  reporters: ['default', '<rootDir>/tools/workspace/skipped-reporter.mjs'],
  testMatch: [
    '<rootDir>/{apps,libs,tools}/*/src/**/*.test.ts',
    '<rootDir>/tools/bench/*/src/**/*.test.ts',
    '<rootDir>/e2e/src/**/*.test.ts',
  ],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
};
