// Pure tests are *.spec.ts, tests against real servers *.int-spec.ts (end to end: *.e2e-spec.ts); `npm test` brings the servers up first.
import { readFileSync } from 'node:fs';
import { adminUrl, APPS, appEnv, kafkaBrokers, redisUrl } from './deploy/local/profiles.mjs';

const here = import.meta.dirname;
const readJson = (name) => JSON.parse(readFileSync(`${here}/${name}`, 'utf8'));
const { parser, target, transform, keepClassNames } = readJson('.swcrc').jsc;
const { paths } = readJson('tsconfig.base.json').compilerOptions;

const base = {
  rootDir: here,
  testEnvironment: 'node',
  setupFilesAfterEnv: ['<rootDir>/jest.setup.cjs'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/e2e/planted/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.floodgate/'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser, target, transform, keepClassNames },
        module: { type: 'commonjs' },
        swcrc: false,
        sourceMaps: 'inline',
      },
    ],
  },
  moduleNameMapper: Object.fromEntries(
    Object.entries(paths).map(([alias, [file]]) => [`^${alias}$`, `<rootDir>/${file}`]),
  ),
  // Read by libs/testing; tests themselves read no environment.
  globals: {
    floodgateServers: {
      mysqlAdminUrl: adminUrl('test'),
      redisUrl: redisUrl('test'),
      kafkaBrokers: kafkaBrokers('test'),
      appEnv: Object.fromEntries(APPS.map((app) => [app, appEnv('test', app)])),
    },
  },
};

/** @type {import('jest').Config} */
export default {
  projects: [
    { ...base, displayName: 'code', testMatch: ['<rootDir>/{apps,libs,tools,e2e}/**/*.{spec,int-spec}.ts'] },
    // These start the seven apps on the ports of the test profile, so they run one after the other.
    { ...base, displayName: 'e2e', testMatch: ['<rootDir>/e2e/**/*.e2e-spec.ts'] },
  ],
};
