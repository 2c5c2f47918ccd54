/** `npm run dead-letter -- list|show ID|replay ID|replay --all --service APP [--profile dev]`: what consumers set aside. */
import { parseArgs } from 'node:util';
import { createKafka, EventPublisher } from '@floodgate/adapters/kafka';
import { createDataSource, selectRows, type Sql } from '@floodgate/adapters/mysql';
import { isApp, loadEnvironment, runTool, type StackEnvironment, StackTrouble } from '@floodgate/tools/stack';
import { Letters } from './letters';
import { fateLines, letterPage, letterTable } from './show';

const USAGE =
  'Usage: npm run dead-letter -- list|show ID|replay ID|replay --all --service APP [--profile dev] [--wait-seconds 30]';

const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

interface Command {
  readonly verb: string | undefined;
  readonly id: string | undefined;
  readonly isAll: boolean;
  readonly waitMsMax: number;
}

void runTool(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      service: { type: 'string' },
      profile: { type: 'string', default: 'dev' },
      all: { type: 'boolean', default: false },
      'wait-seconds': { type: 'string', default: '30' },
    },
  });
  const [verb, id] = positionals;
  const { service } = values;
  if (service === undefined) throw new StackTrouble(`Which service's dead letters?\n${USAGE}`);
  const environment = loadEnvironment(values.profile);
  const schema = isApp(service) ? environment.apps[service].schema : undefined;
  if (schema === undefined)
    throw new StackTrouble(`${service} has no dead letters; every service but the gateway has.`);
  const waitMsMax = Number(values['wait-seconds']) * 1_000;
  if (!(waitMsMax >= 0)) throw new StackTrouble('--wait-seconds must be a number of seconds.');
  return withLetters(environment, service, schema, (letters) =>
    obey(letters, { verb, id, isAll: values.all, waitMsMax }),
  );
});

async function withLetters(
  { auditUrl, kafkaBrokers }: StackEnvironment,
  service: string,
  schema: string,
  work: (letters: Letters) => Promise<number>,
): Promise<number> {
  const kafka = createKafka(kafkaBrokers, 'dead-letter', SILENT);
  const publisher = new EventPublisher(kafka);
  const sql = createDataSource({ url: auditUrl, poolSize: 1 });
  try {
    await reach('Kafka', kafkaBrokers, () => publisher.connect());
    await reach('MySQL', new URL(auditUrl).host, () => sql.initialize());
    if (!(await hasTables(sql, schema)))
      throw new StackTrouble(
        `${service} has never run with these servers, so there are no dead letters: see npm start.`,
      );
    const topics = { deadLetterTopic: `${service}.dead-letter.v1`, replayTopic: `${service}.replay.v1` };
    return await work(new Letters({ kafka, publisher, sql, schema, ...topics }));
  } finally {
    await publisher.disconnect();
    if (sql.isInitialized) await sql.destroy();
  }
}

async function hasTables(sql: Sql, schema: string): Promise<boolean> {
  const found = await selectRows(
    sql,
    'SELECT table_name FROM information_schema.tables WHERE table_schema = ? AND table_name = ?',
    [schema, 'replayed_messages'],
  );
  return found.length > 0;
}

async function reach(store: string, address: string, connect: () => Promise<unknown>): Promise<void> {
  try {
    await connect();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StackTrouble(
      `${store} at ${address} cannot be reached: ${reason}. Start its servers, with the same --profile: npm run infra -- up`,
    );
  }
}

async function obey(letters: Letters, { verb, id, isAll, waitMsMax }: Command): Promise<number> {
  if (verb === 'list' && id === undefined) {
    const all = await letters.list();
    say(all.length === 0 ? 'There are no dead letters.' : letterTable(all));
    return 0;
  }
  if (verb === 'show' && id !== undefined) {
    say(letterPage(await letters.find(id)));
    return 0;
  }
  if (verb === 'replay' && isAll === (id === undefined)) return replay(letters, id, waitMsMax);
  throw new StackTrouble(USAGE);
}

async function replay(letters: Letters, id: string | undefined, waitMsMax: number): Promise<number> {
  const chosen = (id === undefined ? await letters.list() : [await letters.find(id)]).filter(({ isTaken }) => !isTaken);
  if (chosen.length === 0) {
    say(
      id === undefined
        ? 'There is nothing to replay.'
        : `${id} came back before and was taken; there is nothing to do.`,
    );
    return 0;
  }
  const fates = await letters.replay(chosen, waitMsMax);
  say(fateLines(fates));
  return [...fates.values()].every((fate) => fate === 'taken') ? 0 : 1;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
