import { checkTopicSettings, whenKafkaAnswers } from '@floodgate/adapters/kafka';
import { checkNoEviction, type RedisClient } from '@floodgate/adapters/redis';
import { TOPICS } from '@floodgate/contracts';
import { KAFKA, LOG, REDIS } from '@floodgate/nest-kit';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { type Kafka } from 'kafkajs';
import { type Logger } from 'pino';
import { type Config } from './config';
import { CONFIG } from './tokens';

/** A store that would lose grants or proposals by its settings is not served from: the start fails and says which setting. */
@Injectable()
export class StoreChecks implements OnModuleInit {
  constructor(
    @Inject(KAFKA) private readonly kafka: Kafka,
    @Inject(REDIS) private readonly redis: RedisClient,
    @Inject(LOG) private readonly log: Logger,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async onModuleInit(): Promise<void> {
    await checkNoEviction(this.redis);
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
