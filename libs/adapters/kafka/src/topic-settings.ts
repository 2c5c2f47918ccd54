import { type Admin, ConfigResourceTypes } from 'kafkajs';

/** What a topic that must lose nothing is checked for. */
export interface DurableTopic {
  readonly topic: string;
  /** Brokers that must have a copy of each partition. */
  readonly replicasMin: number;
  /** Copies that must exist before a send is acknowledged. */
  readonly inSyncMin: number;
}

/**
 * Throws, in one sentence with all that is wrong, when a topic would drop or compact records by itself, or is kept on fewer
 * brokers than asked for. A broker out of date may never lead where more than one copy is asked for.
 */
export async function checkTopicSettings(admin: Admin, { topic, replicasMin, inSyncMin }: DurableTopic): Promise<void> {
  const settings = await settingsOf(admin, topic);
  const replicas = await replicasOf(admin, topic);
  const inSync = Number(settings.get('min.insync.replicas') ?? 1);
  const wrong = [
    ...differing(settings, { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1' }),
    ...(replicasMin > 1 ? differing(settings, { 'unclean.leader.election.enable': 'false' }) : []),
    ...(replicas < replicasMin ? [`${replicas} replicas, not ${replicasMin}`] : []),
    ...(inSync < inSyncMin ? [`min.insync.replicas=${inSync}, not ${inSyncMin}`] : []),
  ];
  if (wrong.length > 0) throw new Error(`the topic ${topic} has ${wrong.join('; ')}`);
}

function differing(settings: ReadonlyMap<string, string>, wanted: Readonly<Record<string, string>>): string[] {
  return Object.entries(wanted).flatMap(([name, value]) => {
    const actual = settings.get(name);
    return actual === value ? [] : [`${name}=${actual ?? 'unknown'}, not ${value}`];
  });
}

async function settingsOf(admin: Admin, topic: string): Promise<Map<string, string>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
  });
  return new Map(
    resources.flatMap(({ configEntries }) =>
      configEntries.map(({ configName, configValue }) => [configName, configValue] as const),
    ),
  );
}

async function replicasOf(admin: Admin, topic: string): Promise<number> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  return Math.min(...topics.flatMap(({ partitions }) => partitions.map(({ replicas }) => replicas.length)));
}
