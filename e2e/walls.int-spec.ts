import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..');

const BOUNDARIES = '@nx/enforce-module-boundaries';
const RESTRICTED = 'no-restricted-imports';

interface Planted {
  readonly name: string;
  /** A file that exists, because the linter's types come from the files on disk; its text is replaced in memory only. */
  readonly filePath: string;
  readonly text: string;
  readonly expected: string;
}

const uses = (specifier: string): string => `import * as planted from '${specifier}';\nexport const used = planted;\n`;

const DOMAIN_FILE = 'libs/domain/kernel/src/fen.ts';
const SCOPED_DOMAIN_FILE = 'libs/domain/activity/src/index.ts';
const APP_FILE = 'apps/gateway/src/main.ts';

const CROSSINGS: readonly Planted[] = [
  {
    name: 'a domain library imports an npm package',
    filePath: DOMAIN_FILE,
    text: uses('zod'),
    expected: BOUNDARIES,
  },
  {
    name: 'a domain library imports a node: module',
    filePath: DOMAIN_FILE,
    text: uses('node:fs'),
    expected: RESTRICTED,
  },
  {
    name: 'a domain library imports a node module without its prefix',
    filePath: DOMAIN_FILE,
    text: uses('crypto'),
    expected: RESTRICTED,
  },
  {
    name: 'a domain library imports an adapter',
    filePath: SCOPED_DOMAIN_FILE,
    text: uses('@floodgate/adapters/redis'),
    expected: BOUNDARIES,
  },
  {
    name: 'a domain library imports the contracts',
    filePath: SCOPED_DOMAIN_FILE,
    text: uses('@floodgate/contracts'),
    expected: BOUNDARIES,
  },
  {
    name: "a domain library imports another context's",
    filePath: SCOPED_DOMAIN_FILE,
    text: uses('@floodgate/domain/order'),
    expected: BOUNDARIES,
  },
  {
    name: 'the kernel imports a context',
    filePath: DOMAIN_FILE,
    text: uses('@floodgate/domain/degradation-plan'),
    expected: BOUNDARIES,
  },
  {
    name: 'the contracts import something local',
    filePath: 'libs/contracts/src/topics.ts',
    text: uses('@floodgate/kernel'),
    expected: BOUNDARIES,
  },
  {
    name: 'an adapter imports a context',
    filePath: 'libs/adapters/redis/src/redis.ts',
    text: uses('@floodgate/domain/inventory'),
    expected: BOUNDARIES,
  },
  {
    name: 'an adapter imports the kit',
    filePath: 'libs/adapters/redis/src/redis.ts',
    text: uses('@floodgate/nest-kit'),
    expected: BOUNDARIES,
  },
  {
    name: 'the client imports the contracts',
    filePath: 'libs/client/src/index.ts',
    text: uses('@floodgate/contracts'),
    expected: BOUNDARIES,
  },
  {
    name: 'the client imports a node: module',
    filePath: 'libs/client/src/index.ts',
    text: uses('node:http'),
    expected: RESTRICTED,
  },
  {
    name: 'an app imports another app',
    filePath: APP_FILE,
    text: uses('../../order/src/config'),
    expected: BOUNDARIES,
  },
  {
    name: "an app imports another service's domain",
    filePath: APP_FILE,
    text: uses('@floodgate/domain/order'),
    expected: BOUNDARIES,
  },
  {
    name: 'an app imports the tests',
    filePath: APP_FILE,
    text: uses('@floodgate/testing'),
    expected: BOUNDARIES,
  },
  {
    name: 'an app reads the environment',
    filePath: APP_FILE,
    text: 'export const port = process.env.HTTP_PORT;\n',
    expected: 'no-restricted-properties',
  },
  {
    name: 'an app reads the environment by destructuring',
    filePath: APP_FILE,
    text: 'const { env } = process;\nexport const port = env.HTTP_PORT;\n',
    expected: 'no-restricted-properties',
  },
  {
    name: 'an app imports the environment',
    filePath: APP_FILE,
    text: "import { env } from 'node:process';\nexport const port = env.HTTP_PORT;\n",
    expected: RESTRICTED,
  },
  {
    name: 'a promise floats',
    filePath: APP_FILE,
    text: 'export function start(): void {\n  Promise.resolve();\n}\n',
    expected: '@typescript-eslint/no-floating-promises',
  },
  {
    name: 'a switch forgets a case',
    filePath: APP_FILE,
    text: "export function of(x: 'a' | 'b'): number {\n  switch (x) {\n    case 'a':\n      return 1;\n  }\n  return 2;\n}\n",
    expected: '@typescript-eslint/switch-exhaustiveness-check',
  },
  {
    name: 'two files import each other',
    filePath: 'libs/contracts/src/topics.ts',
    text: uses('./index'),
    expected: 'import-x/no-cycle',
  },
];

/** What each wall must let through, so that a wall that forbids everything does not look like one that works. */
const ALLOWED: readonly Planted[] = [
  {
    name: 'a domain library imports the kernel',
    filePath: SCOPED_DOMAIN_FILE,
    text: uses('@floodgate/kernel'),
    expected: '',
  },
  {
    name: 'an app imports kit, contracts and kernel',
    filePath: APP_FILE,
    text: `export * from '@floodgate/nest-kit';\nexport * as contracts from '@floodgate/contracts';\nexport * as kernel from '@floodgate/kernel';\n`,
    expected: '',
  },
  {
    name: 'the client evaluates the policy',
    filePath: 'libs/client/src/index.ts',
    text: uses('@floodgate/domain/degradation-plan'),
    expected: '',
  },
];

function rulesReported(planted: readonly Planted[]): string[][] {
  const input = JSON.stringify(planted.map(({ filePath, text }) => ({ filePath: join(ROOT, filePath), text })));
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(__dirname, 'walls/lint-planted.mjs')], {
    cwd: ROOT,
    input,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`lint-planted ended with ${status}: ${stderr}`);
  return JSON.parse(stdout) as string[][];
}

describe('the walls', () => {
  let reported: string[][];

  beforeAll(() => {
    reported = rulesReported([...CROSSINGS, ...ALLOWED]);
  }, 180_000);

  it.each(CROSSINGS.map((crossing, index) => ({ ...crossing, index })))('stop when $name', ({ index, expected }) => {
    expect(reported[index]).toContain(expected);
  });

  it.each(ALLOWED.map((planted, index) => ({ ...planted, index })))('stay open when $name', ({ index }) => {
    expect(reported[CROSSINGS.length + index]).toEqual([]);
  });
});
