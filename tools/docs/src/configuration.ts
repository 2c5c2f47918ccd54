import { appsOf, configSchemaOf, type Variable, variablesOf } from './config-schemas';
import { code, GENERATED, page, table } from './markdown';
import { configSources, variableComments } from './variable-comments';

const INTRODUCTION = `Each app is configured by environment variables alone. They are read once, at start; a wrong one is named in one line on stderr,
its value unsaid, and the exit code is 1. An empty variable counts as absent.

\`node dist/apps/<app>/src/migrate.js\` brings an app's schema up to date. It reads \`MYSQL_OWNER_URL\`, the URL of a MySQL user who may
change the schema, which the running app does not have; prize-payout's also reads
\`LEDGER_SCHEMA\`, whose schema the same user owns, and \`CHANNEL_MYSQL_OWNER_URL\`, for the fake payment channel's.

What the local scripts read (\`FLOODGATE_...\`) is said in [deploy/local/README.md](../../deploy/local/README.md).`;

interface Row extends Variable {
  readonly app: string;
  readonly meaning: string;
}

/** docs/reference/configuration.md. Throws when the code says nothing about a variable. */
export async function configurationPage(root: string): Promise<string> {
  const apps = appsOf(root);
  const rows = (await Promise.all(apps.map((app) => rowsOf(root, app)))).flat();
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(cellsKey(row), [...(groups.get(cellsKey(row)) ?? []), row]);
  const common = [...groups.values()].filter((group) => group.length > 1);
  const isOwn = (row: Row): boolean => groups.get(cellsKey(row))?.length === 1;
  return page(
    '# Configuration',
    GENERATED,
    INTRODUCTION,
    '## More than one app',
    table(
      [...HEAD, 'apps'],
      common.flatMap((group) => {
        const [first] = group;
        const names = group.length === apps.length ? 'all' : group.map(({ app }) => app).join(', ');
        return first === undefined ? [] : [[...cells(first), names]];
      }),
    ),
    ...apps.flatMap((app) => {
      const own = rows.filter((row) => row.app === app && isOwn(row));
      return own.length === 0 ? [] : [`## ${app}`, table(HEAD, own.map(cells))];
    }),
  );
}

const HEAD = ['variable', 'meaning', 'values', 'default'];

const cells = ({ name, meaning, values, isRequired, defaultValue }: Row): string[] => [
  code(name),
  meaning,
  values,
  isRequired ? '**required**' : defaultValue === undefined ? '' : code(defaultValue),
];

const cellsKey = (row: Row): string => JSON.stringify(cells(row));

/** The required ones first. */
async function rowsOf(root: string, app: string): Promise<Row[]> {
  const comments = variableComments(configSources(root, app));
  const rows = variablesOf(await configSchemaOf(app)).map((variable) => {
    const meaning = comments.get(variable.name);
    if (meaning === undefined) throw new Error(`${app}: no doc comment says what ${variable.name} is`);
    return { ...variable, app, meaning };
  });
  return rows.sort((a, b) => Number(b.isRequired) - Number(a.isRequired));
}
