/** Databases, users and topics. Safe to run again: what is there is checked, what is missing is made, nothing is deleted. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { npmPackage } from './npm-package.mjs';
import { kafkaClient } from './probes.mjs';
import { adminUrl, databaseOf, EXTRA_DATABASES, passwordOf, ROOT, SERVICES } from './profiles.mjs';
import { Trouble } from './trouble.mjs';

const TOPICS_FILE = join(ROOT, 'libs/contracts/topics.json');
const TOPIC_CONFIG_RESOURCE = 2;
const CREATE_TOPICS_MS_MAX = 30_000;
const LEADERS_MS_MAX = 60_000;
const LOOK_EVERY_MS = 200;

const RUNTIME = 'SELECT, INSERT, UPDATE, DELETE';

/**
 * Who may do what, as [user, privileges, database]. A service reaches its own rows only, and the money ledger is append-only
 * even for the service that writes it.
 */
function grants() {
  const own = SERVICES.map((service) => databaseOf(service));
  const all = [...own, ...EXTRA_DATABASES.map((name) => databaseOf(name))];
  return [
    ...own.flatMap((database) => [
      [database, RUNTIME, database],
      [`${database}_owner`, 'ALL PRIVILEGES', database],
    ]),
    ['fg_prize_payout', 'SELECT, INSERT', 'fg_ledger'],
    ['fg_prize_payout_owner', 'ALL PRIVILEGES', 'fg_ledger'],
    ['fg_channel', RUNTIME, 'fg_channel'],
    ['fg_channel_owner', 'ALL PRIVILEGES', 'fg_channel'],
    ...all.map((database) => ['fg_audit', 'SELECT', database]),
  ];
}

function provisionSql(profile) {
  const rows = grants();
  const databases = [...new Set(rows.map(([, , database]) => database))];
  const users = [...new Set(rows.map(([user]) => user))];
  // In a GRANT an underscore stands for any character unless it is escaped.
  const exactly = (database) => database.replaceAll('_', '\\_');
  return [
    ...databases.map((name) => `CREATE DATABASE IF NOT EXISTS \`${name}\` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`),
    // The passwords are set each time, because the profile's secret may be newer than the user.
    ...users.flatMap((user) => [
      `CREATE USER IF NOT EXISTS '${user}'@'%' IDENTIFIED BY '${passwordOf(profile, user)}'`,
      `ALTER USER '${user}'@'%' IDENTIFIED BY '${passwordOf(profile, user)}'`,
    ]),
    ...rows.map(([user, privileges, database]) => `GRANT ${privileges} ON \`${exactly(database)}\`.* TO '${user}'@'%'`),
  ];
}

async function provisionMysql(profile) {
  const connection = await npmPackage('mysql2/promise').createConnection({
    uri: adminUrl(profile),
    multipleStatements: true,
  });
  try {
    await connection.query(provisionSql(profile).join(';\n'));
  } catch (error) {
    throw new Trouble(`The databases and users could not be made in MySQL: ${error.message}.`);
  } finally {
    await connection.end();
  }
}

const configOf = (topic) => Object.entries(topic.config ?? {});

/** One sentence for each way in which an existing topic is not what topics.json says. */
async function topicDifferences(admin, topics) {
  const differences = [];
  const { topics: found } = await admin.fetchTopicMetadata({ topics: topics.map((topic) => topic.name) });
  for (const topic of topics) {
    const count = found.find((entry) => entry.name === topic.name).partitions.length;
    if (count !== topic.partitions) {
      differences.push(
        `Topic ${topic.name} has ${count} partitions, not ${topic.partitions}: a key would move to another partition.`,
      );
    }
  }
  const configured = topics.filter((topic) => configOf(topic).length > 0);
  if (configured.length === 0) return differences;
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: configured.map((topic) => ({
      type: TOPIC_CONFIG_RESOURCE,
      name: topic.name,
      configNames: configOf(topic).map(([key]) => key),
    })),
  });
  for (const topic of configured) {
    const entries = resources.find((entry) => entry.resourceName === topic.name).configEntries;
    for (const [key, value] of configOf(topic)) {
      const actual = entries.find((entry) => entry.configName === key)?.configValue;
      if (actual !== value) differences.push(`Topic ${topic.name} has ${key}=${actual}, not ${value}.`);
    }
  }
  return differences;
}

async function areLed(admin, names) {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: names });
    return topics.every(({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0));
  } catch (error) {
    // A broker that has not heard of a new topic yet; after some seconds kafkajs gives up and no longer calls it worth another try.
    if (error.retriable || error.name === 'KafkaJSNumberOfRetriesExceeded') return false;
    throw error;
  }
}

async function untilLed(admin, topics) {
  const names = topics.map((topic) => topic.name);
  const giveUpAt = performance.now() + LEADERS_MS_MAX;
  while (!(await areLed(admin, names))) {
    if (performance.now() > giveUpAt)
      throw new Trouble(`Kafka has not given every topic a leader within ${LEADERS_MS_MAX / 1000} s: see its log.`);
    await sleep(LOOK_EVERY_MS);
  }
}

async function provisionKafka(profile) {
  const topics = JSON.parse(readFileSync(TOPICS_FILE, 'utf8'));
  const admin = kafkaClient(profile).admin({ retry: { retries: 8 } });
  await admin.connect();
  try {
    const existing = new Set(await admin.listTopics());
    const missing = topics.filter((topic) => !existing.has(topic.name));
    if (missing.length > 0) {
      await admin.createTopics({
        // kafkajs's own waiting gives up on any answer but "leader not available".
        waitForLeaders: false,
        timeout: CREATE_TOPICS_MS_MAX,
        topics: missing.map((topic) => ({
          topic: topic.name,
          numPartitions: topic.partitions,
          configEntries: configOf(topic).map(([name, value]) => ({ name, value })),
        })),
      });
    }
    await untilLed(admin, topics);
    const differences = await topicDifferences(admin, topics);
    if (differences.length > 0) {
      const remedy =
        profile.given.kafka === undefined
          ? `"npm run infra -- reset --profile ${profile.name}" deletes this profile's data.`
          : 'Mend it there.';
      throw new Trouble([...differences, remedy].join('\n'));
    }
    return { made: missing.length, all: topics.length };
  } finally {
    await admin.disconnect();
  }
}

/**
 * Makes the databases, users and topics of a profile whose servers answer.
 * @throws Trouble when a topic exists with other settings, or a server refuses.
 */
export async function provision(profile, say) {
  const [, topics] = await Promise.all([provisionMysql(profile), provisionKafka(profile)]);
  say(`databases, users and ${topics.all} topics are there${topics.made > 0 ? ` (${topics.made} topics new)` : ''}`);
}
