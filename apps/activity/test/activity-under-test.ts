import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventPublisher } from '@floodgate/adapters/kafka';
import {
  activityV1,
  type CampaignPublishedV1,
  type SetRedeemedV1,
  type SharesFixedV1,
  type TaskCompletedV1,
  TOPICS,
  type UserQualifiedV1,
} from '@floodgate/contracts';
import { callUnary, createGrpcClient, createService, newKeyPair } from '@floodgate/nest-kit';
import { collectEvents, createTestDatabase, createTestTopic, freePort, SERVERS } from '@floodgate/testing';
import { ActivityModule } from '../src/activity.module';
import { configSchema } from '../src/config';
import { grpcOf } from '../src/grpc/service';
import { migrations } from '../src/migrations';

export const TOKEN_SECRET = 'only-known-to-this-suite-0123456789abcdef';

/** Topics of the suite's own, in place of the real ones, with what the service publishes read back. */
async function createTopics() {
  return {
    campaignPublished: await createTestTopic(TOPICS.campaignPublished.codec),
    taskCompleted: await createTestTopic(TOPICS.taskCompleted.codec, 2),
    userQualified: await createTestTopic(TOPICS.userQualified.codec, 2),
    sharesFixed: await createTestTopic(TOPICS.sharesFixed.codec),
    setRedeemed: await createTestTopic(TOPICS.setRedeemed.codec, 2),
    redemptionsCounted: await createTestTopic(TOPICS.redemptionsCounted.codec),
    unitGranted: await createTestTopic(TOPICS.unitGranted.codec, 2),
    deadLetter: await createTestTopic(TOPICS.setRedeemed.codec),
    replay: await createTestTopic(TOPICS.setRedeemed.codec),
  };
}

/** The whole service on its own database and topics, called over gRPC. */
export async function startActivity() {
  const [database, topics] = await Promise.all([createTestDatabase(migrations), createTopics()]);
  const [httpPort, grpcPort] = await Promise.all([freePort(), freePort()]);
  const config = configSchema.parse({
    HTTP_PORT: httpPort,
    GRPC_PORT: grpcPort,
    GRPC_HOST: '127.0.0.1',
    LOG_LEVEL: 'silent',
    MYSQL_URL: database.url,
    MYSQL_POOL_SIZE: 20,
    // Whoever is too slow here is the machine.
    ADMISSION_WAIT_MS_MAX: 60_000,
    ADMISSION_WAIT_MS_TARGET: 60_000,
    KAFKA_BROKERS: SERVERS.kafkaBrokers,
    REDIS_URL: SERVERS.redisUrl,
    POLICY_PUBLIC_KEYS: newKeyPair().publicKey,
    STATE_DIR: mkdtempSync(join(tmpdir(), 'floodgate-')),
    TOKEN_SECRET,
  });
  const { campaignPublished, taskCompleted, userQualified, setRedeemed, unitGranted, deadLetter, replay } = topics;
  const { sharesFixed, redemptionsCounted } = topics;
  const module = ActivityModule.register(config, {
    topics: {
      campaignPublished: campaignPublished.topic,
      taskCompleted: taskCompleted.topic,
      userQualified: userQualified.topic,
      setRedeemed: setRedeemed.topic,
      unitGranted: unitGranted.topic,
      sharesFixed: sharesFixed.topic,
      redemptionsCounted: redemptionsCounted.topic,
    },
    deadLetterTopic: deadLetter.topic.name,
    replayTopic: replay.topic.name,
    consumerPrefix: database.name,
  });
  const app = await createService({ module, config, grpc: grpcOf(config) });
  await app.init();
  const collections = {
    published: await collectEvents<CampaignPublishedV1>(campaignPublished),
    completed: await collectEvents<TaskCompletedV1>(taskCompleted),
    qualified: await collectEvents<UserQualifiedV1>(userQualified),
    fixed: await collectEvents<SharesFixedV1>(sharesFixed),
    setAside: await collectEvents<SetRedeemedV1>(deadLetter),
  };
  const publisher = new EventPublisher(setRedeemed.kafka);
  await publisher.connect();
  const client = createGrpcClient(activityV1.ActivityServiceClient, `127.0.0.1:${grpcPort}`);
  return {
    app,
    database,
    topics,
    publisher,
    published: collections.published.events,
    completed: collections.completed.events,
    qualified: collections.qualified.events,
    fixed: collections.fixed.events,
    setAside: collections.setAside.events,
    calls: callsOf(client),
    async stop() {
      client.close();
      await app.close();
      await publisher.disconnect();
      for (const collection of Object.values(collections)) await collection.stop();
      await Promise.all(Object.values(topics).map((topic) => topic.drop()));
      await database.drop();
    },
  };
}

/** Without those that the outbox sent twice, as it may: they have the same id, and whoever receives them drops them. */
export function distinct<T extends { readonly eventId: string }>(events: readonly T[]): T[] {
  return [...new Map(events.map((event) => [event.eventId, event])).values()];
}

export type ActivityUnderTest = Awaited<ReturnType<typeof startActivity>>;

const DEADLINE_MS = 20_000;

function callsOf(client: activityV1.ActivityServiceClient) {
  return {
    create: (request: activityV1.CreateCampaignRequest) =>
      callUnary(client, client.createCampaign, request, DEADLINE_MS),
    approve: (request: activityV1.ApproveCampaignRequest) =>
      callUnary(client, client.approveCampaign, request, DEADLINE_MS),
    showSecret: (request: activityV1.ShowSecretRequest) => callUnary(client, client.showSecret, request, DEADLINE_MS),
    publish: (request: activityV1.PublishCampaignRequest) =>
      callUnary(client, client.publishCampaign, request, DEADLINE_MS),
    get: (request: activityV1.GetCampaignRequest) => callUnary(client, client.getCampaign, request, DEADLINE_MS),
    list: () => callUnary(client, client.listCampaigns, {}, DEADLINE_MS),
    completeTask: (request: activityV1.CompleteTaskRequest) =>
      callUnary(client, client.completeTask, request, DEADLINE_MS),
    getQualification: (request: activityV1.GetQualificationRequest) =>
      callUnary(client, client.getQualification, request, DEADLINE_MS),
    participateStatus: (request: activityV1.ParticipateStatusRequest) =>
      callUnary(client, client.participateStatus, request, DEADLINE_MS),
  };
}
