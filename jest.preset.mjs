import { fileURLToPath } from 'node:url';

// Tests start apps from their sources some hundred times: Node keeps what it made of them, which halves that.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('dist/compiled', import.meta.url));

/**
 * The jest settings every project shares: ESM with swc, workspace packages
 * resolved to their sources by the same export condition node and tsc use.
 */
export const preset = {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@rackwright/source', 'node'] },
  extensionsToTreatAsEsm: ['.ts'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json'],
  testMatch: ['<rootDir>/src/**/*.test.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2024' },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  // A machine with other work is slow; a test that hangs is found all the same.
  testTimeout: 60_000,
};
