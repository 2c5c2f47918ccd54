import { type JsonCodec } from '@floodgate/contracts';
import { createTestTopic, type TestTopic, until } from '@floodgate/testing';
import { type Admin, ConfigResourceTypes } from 'kafkajs';
import { checkTopicSettings } from './topic-settings';

const codec: JsonCodec<string> = { fromJSON: String, toJSON: (text) => text };
let topic: TestTopic<string>;
let admin: Admin;

beforeAll(async () => {
  topic = await createTestTopic(codec);
  admin = topic.kafka.admin();
  await admin.connect();
});
afterAll(async () => {
  await admin.disconnect();
  await topic.drop();
});

const check = (replicasMin = 1, inSyncMin = 1) =>
  checkTopicSettings(admin, { topic: topic.topic.name, replicasMin, inSyncMin });

/** What a topic has that was told nothing. */
const DEFAULTS = {
  'retention.ms': '604800000',
  'retention.bytes': '-1',
  'cleanup.policy': 'delete',
  'unclean.leader.election.enable': 'false',
};

/** Sets these, and all others back. A broker tells of an altered setting a moment later. */
async function set(settings: Record<string, string>): Promise<void> {
  const name = topic.topic.name;
  const configEntries = Object.entries(settings).map(([key, value]) => ({ name: key, value }));
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name, configEntries }],
  });
  await until('the setting is told', async () => {
    const wanted: Record<string, string> = { ...DEFAULTS, ...settings };
    const resources = [{ type: ConfigResourceTypes.TOPIC, name, configNames: Object.keys(wanted) }];
    const told = (await admin.describeConfigs({ includeSynonyms: false, resources })).resources[0]?.configEntries ?? [];
    return told.length > 0 && told.every(({ configName, configValue }) => wanted[configName] === configValue);
  });
}

describe('checkTopicSettings', () => {
  it('refuses a topic that drops records by itself, naming each setting', async () => {
    await expect(check()).rejects.toThrow(/has retention\.ms=604800000, not -1$/);
    await set({ 'retention.ms': '-1', 'cleanup.policy': 'compact' });
    await expect(check()).rejects.toThrow(/has cleanup\.policy=compact, not delete$/);
    await set({ 'retention.ms': '-1', 'cleanup.policy': 'delete', 'retention.bytes': '1000' });
    await expect(check()).rejects.toThrow(/has retention\.bytes=1000, not -1$/);
  });

  it('takes one that keeps everything, on as many brokers as are asked for', async () => {
    await set({ 'retention.ms': '-1' });
    await expect(check()).resolves.toBeUndefined();
    await expect(check(3, 2)).rejects.toThrow(/has 1 replicas, not 3; min\.insync\.replicas=1, not 2$/);
    await set({ 'retention.ms': '-1', 'unclean.leader.election.enable': 'true' });
    await expect(check(3, 1)).rejects.toThrow(/unclean\.leader\.election\.enable=true, not false/);
  });
});
