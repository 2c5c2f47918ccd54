import { setTimeout as sleep } from 'node:timers/promises';
import { checkTopicSettings, whenKafkaAnswers } from '@floodgate/adapters/kafka';
import { checkNoEviction, type RedisClient, WrongRedisSetting } from '@floodgate/adapters/redis';
import { TOPICS } from '@floodgate/contracts';
import { KAFKA, LOG, REDIS } from '@floodgate/nest-kit';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { type Kafka } from 'kafkajs';
import { type Logger } from 'pino';
import { type Config } from './config';
import { CONFIG } from './tokens';

const GIVE_UP_AFTER_MS = 60_000;
const AGAIN_AFTER_MS = 500;

/** A store that would lose grants or proposals by its settings is not served from: the start fails and says which setting. One that is away is waited for. */
@Injectable()
export class StoreChecks implements OnModuleInit {
  constructor(
    @Inject(KAFKA) private readonly kafka: Kafka,
    @Inject(REDIS) private readonly redis: RedisClient,
    @Inject(LOG) private readonly log: Logger,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.checkRedis();
    await this.checkStockLog();
  }

  private async checkRedis(): Promise<void> {
    const giveUpAt = performance.now() + GIVE_UP_AFTER_MS;
    for (;;) {
      try {
        return await checkNoEviction(this.redis);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        if (error instanceof WrongRedisSetting || performance.now() > giveUpAt) throw error;
        this.log.warn({ reason }, 'waiting for Redis to check its settings');
        await sleep(AGAIN_AFTER_MS);
      }
    }
  }

  private async checkStockLog(): Promise<void> {
    const isProduction = this.config.PROFILE === 'production';
    const replicasMin = this.config.STOCK_LOG_REPLICAS_MIN ?? (isProduction ? 3 : 1);
    const inSyncMin = this.config.STOCK_LOG_IN_SYNC_MIN ?? (isProduction ? 2 : 1);
    const admin = this.kafka.admin();
    try {
      await whenKafkaAnswers(this.log, async () => {
        await admin.connect();
        await checkTopicSettings(admin, { topic: TOPICS.stockLog.name, replicasMin, inSyncMin });
      });
    } finally {
      await admin.disconnect();
    }
  }
}
