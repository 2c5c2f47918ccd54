/**
 * What the linter holds: types, promises, sizes, and the import walls between the projects of this workspace.
 * e2e/walls.int-spec.ts plants one crossing of each wall and expects it to be reported.
 */
import { builtinModules } from 'node:module';
import js from '@eslint/js';
import nxDevkit from '@nx/devkit';
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

// The rule of the walls reads Nx's graph from its cache and keeps silent when there is none, so it is made first.
process.env.NX_DAEMON ??= 'false';
await nxDevkit.createProjectGraphAsync({ exitOnError: true });

/** Tests, and what only tests use. */
const SPECS = [
  '**/*.{spec,int-spec,e2e-spec}.ts',
  '**/*-contract.ts',
  '**/*.fixture.ts',
  '{apps,libs,tools}/**/test/**/*.ts',
];
const SCOPES = ['activity', 'card-collection', 'inventory', 'order', 'prize-payout', 'degradation-plan'];

/** The plan's model belongs to everyone who evaluates a policy. */
const OPEN_SCOPES = ['scope:shared', 'scope:degradation-plan'];

const LIBRARIES = ['type:client', 'type:kit', 'type:adapter', 'type:contracts', 'type:domain'];

/** What a project of a type may depend on; no type lists `type:app`, so nothing imports an app. */
const WALLS = {
  'type:contracts': [],
  'type:domain': ['type:domain'],
  'type:adapter': ['type:adapter', 'type:contracts', 'type:domain'],
  'type:kit': ['type:kit', 'type:adapter', 'type:contracts', 'type:domain'],
  'type:client': ['type:domain'],
  'type:app': ['type:kit', 'type:adapter', 'type:contracts', 'type:domain'],
  'type:testing': ['type:kit', 'type:adapter', 'type:contracts', 'type:domain'],
  'type:tool': ['type:tool', ...LIBRARIES],
  'type:e2e': ['type:tool', 'type:testing', ...LIBRARIES],
};

/** The walls as Nx takes them; `more` is what specs may use on top of what the code beside them uses. */
function walls(more, externalImportsOfDomain) {
  return [
    ...Object.entries(WALLS).map(([sourceTag, tags]) => ({
      sourceTag,
      onlyDependOnLibsWithTags: [...tags, ...more],
      ...(sourceTag === 'type:domain' && { allowedExternalImports: externalImportsOfDomain }),
    })),
    ...SCOPES.map((scope) => ({
      sourceTag: `scope:${scope}`,
      onlyDependOnLibsWithTags: [`scope:${scope}`, ...OPEN_SCOPES],
    })),
    { sourceTag: 'scope:gateway', onlyDependOnLibsWithTags: ['scope:gateway', ...OPEN_SCOPES] },
    { sourceTag: 'scope:shared', onlyDependOnLibsWithTags: OPEN_SCOPES },
    { allSourceTags: ['type:domain', 'scope:shared'], onlyDependOnLibsWithTags: ['scope:shared'] },
    { allSourceTags: ['type:adapter', 'scope:shared'], onlyDependOnLibsWithTags: ['scope:shared'] },
  ];
}

const boundaries = (depConstraints) => [
  'error',
  { enforceBuildableLibDependency: false, banTransitiveDependencies: false, allow: [], depConstraints },
];

const NO_ENVIRONMENT = {
  object: 'process',
  property: 'env',
  message: 'Configuration is read in one place: loadConfig of libs/nest-kit.',
};

export default tseslint.config(
  {
    ignores: ['dist/**', '.floodgate/**', '.nx/**', 'coverage/**', '**/generated/**', 'e2e/planted/**'],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.mjs', '**/*.cjs'],
    languageOptions: {
      globals: {
        AbortController: 'readonly',
        AbortSignal: 'readonly',
        Buffer: 'readonly',
        URL: 'readonly',
        clearTimeout: 'readonly',
        console: 'readonly',
        fetch: 'readonly',
        jest: 'readonly',
        performance: 'readonly',
        process: 'readonly',
        require: 'readonly',
        setImmediate: 'readonly',
        setTimeout: 'readonly',
      },
    },
    rules: {
      'max-lines': ['error', { max: 350 }],
      'no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
    },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX, '@nx': nx },
    settings: {
      'import-x/extensions': ['.ts'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import-x/resolver-next': [
        createNodeResolver({
          extensions: ['.ts', '.js'],
          tsconfig: { configFile: `${import.meta.dirname}/tsconfig.json` },
        }),
      ],
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // A port's method is asynchronous whether or not this adapter has something to await.
      '@typescript-eslint/require-await': 'off',
      // Generated clients' methods are handed to callUnary, which calls them on their client.
      '@typescript-eslint/unbound-method': 'off',
      '@nx/enforce-module-boundaries': boundaries(walls([], [])),
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      eqeqeq: 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ImportSpecifier[imported.name=/^generateKeyPair/]',
          message:
            'Node 20 may hang for ever when such a key is exported as JWK: makeKeyPair of @floodgate/testing, or newKeyPair of nest-kit.',
        },
      ],
      'max-lines': ['error', { max: 350 }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['apps/**/*.ts', 'libs/**/*.ts'],
    ignores: ['libs/nest-kit/**'],
    rules: {
      'no-restricted-properties': ['error', NO_ENVIRONMENT],
      'no-restricted-imports': [
        'error',
        {
          paths: ['node:process', 'process'].map((name) => ({
            name,
            importNames: ['env', 'default'],
            message: NO_ENVIRONMENT.message,
          })),
        },
      ],
    },
  },
  {
    files: ['libs/domain/**/*.ts', 'libs/client/**/*.ts'],
    ignores: SPECS,
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: builtinModules.map((name) => ({
            name,
            message: 'This library also runs in simulators and browsers: no Node module.',
          })),
          patterns: [
            { group: ['node:*'], message: 'This library also runs in simulators and browsers: no Node module.' },
          ],
        },
      ],
    },
  },
  { files: ['libs/testing/src/key-pair.ts'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: SPECS,
    rules: {
      '@nx/enforce-module-boundaries': boundaries(walls(['type:testing', 'type:contracts'], ['fast-check'])),
      'max-lines-per-function': 'off',
      // Nothing imports a test.
      'import-x/no-cycle': 'off',
      // What a test reads back from a store or an answer has no type of its own; its assertions are what checks it.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
    },
  },
  prettier,
);
