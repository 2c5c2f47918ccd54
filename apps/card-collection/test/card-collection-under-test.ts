import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventPublisher } from '@floodgate/adapters/kafka';
import {
  type CardDrawnV1,
  cardCollectionV1,
  type RedemptionsCountedV1,
  type SetRedeemedV1,
  type TaskCompletedV1,
  TOPICS,
} from '@floodgate/contracts';
import { callUnary, createGrpcClient, createService, newKeyPair } from '@floodgate/nest-kit';
import { collectEvents, createTestDatabase, createTestTopic, freePort, SERVERS } from '@floodgate/testing';
import { MysqlRedemptionCounts } from '../src/adapters/mysql-redemption-counts';
import { CardCollectionModule } from '../src/card-collection.module';
import { configSchema } from '../src/config';
import { grpcOf } from '../src/grpc/service';
import { migrations } from '../src/migrations';

/** Topics of the suite's own, in place of the real ones. */
async function createTopics() {
  const [campaignPublished, taskCompleted, cardDrawn, setRedeemed, redemptionsCounted, deadLetter, replay] =
    await Promise.all([
      createTestTopic(TOPICS.campaignPublished.codec),
      createTestTopic(TOPICS.taskCompleted.codec),
      createTestTopic(TOPICS.cardDrawn.codec, 2),
      createTestTopic(TOPICS.setRedeemed.codec, 2),
      createTestTopic(TOPICS.redemptionsCounted.codec),
      createTestTopic(TOPICS.taskCompleted.codec),
      createTestTopic(TOPICS.taskCompleted.codec),
    ]);
  return { campaignPublished, taskCompleted, cardDrawn, setRedeemed, redemptionsCounted, deadLetter, replay };
}

/** The whole service on its own database and topics, called over gRPC. */
export async function startCardCollection() {
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
    KAFKA_BROKERS: SERVERS.kafkaBrokers,
    REDIS_URL: SERVERS.redisUrl,
    POLICY_PUBLIC_KEYS: newKeyPair().publicKey,
    STATE_DIR: mkdtempSync(join(tmpdir(), 'floodgate-')),
  });
  const { campaignPublished, taskCompleted, cardDrawn, setRedeemed, redemptionsCounted, deadLetter, replay } = topics;
  const module = CardCollectionModule.register(config, {
    topics: {
      campaignPublished: campaignPublished.topic,
      taskCompleted: taskCompleted.topic,
      cardDrawn: cardDrawn.topic,
      setRedeemed: setRedeemed.topic,
      redemptionsCounted: redemptionsCounted.topic,
    },
    deadLetterTopic: deadLetter.topic.name,
    replayTopic: replay.topic.name,
    consumerPrefix: database.name,
  });
  const app = await createService({ module, config, grpc: grpcOf(config) });
  await app.init();
  const collections = {
    drawn: await collectEvents<CardDrawnV1>(cardDrawn),
    redeemed: await collectEvents<SetRedeemedV1>(setRedeemed),
    counted: await collectEvents<RedemptionsCountedV1>(redemptionsCounted),
    setAside: await collectEvents<TaskCompletedV1>(deadLetter),
  };
  const publisher = new EventPublisher(campaignPublished.kafka);
  await publisher.connect();
  const client = createGrpcClient(cardCollectionV1.CardCollectionServiceClient, `127.0.0.1:${grpcPort}`);
  return {
    database,
    topics,
    publisher,
    drawn: collections.drawn.events,
    redeemed: collections.redeemed.events,
    counted: collections.counted.events,
    setAside: collections.setAside.events,
    calls: callsOf(client),
    counts: app.get(MysqlRedemptionCounts),
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

export type CardCollectionUnderTest = Awaited<ReturnType<typeof startCardCollection>>;

const DEADLINE_MS = 30_000;

function callsOf(client: cardCollectionV1.CardCollectionServiceClient) {
  return {
    draw: (request: cardCollectionV1.DrawRequest) => callUnary(client, client.draw, request, DEADLINE_MS),
    cards: (request: cardCollectionV1.GetCardsRequest) => callUnary(client, client.getCards, request, DEADLINE_MS),
    redeem: (request: cardCollectionV1.RedeemRequest) => callUnary(client, client.redeem, request, DEADLINE_MS),
  };
}
