import { FakeChannel } from '@floodgate/adapters/fake-channel';
import { DatabaseContact } from '@floodgate/adapters/mysql';
import { type PaymentChannel } from '@floodgate/domain/order';
import { Lifecycle, LOG } from '@floodgate/nest-kit';
import { type FactoryProvider } from '@nestjs/common';
import { type Logger } from 'pino';
import { type OrderConfig } from '../config';
import { CHANNEL, CONFIG } from '../tokens';

export const channelProvider: FactoryProvider<PaymentChannel> = {
  provide: CHANNEL,
  inject: [CONFIG, LOG, Lifecycle],
  useFactory: async (config: OrderConfig, log: Logger, lifecycle: Lifecycle) => {
    const contact = new DatabaseContact({ url: config.CHANNEL_MYSQL_URL, poolSize: config.CHANNEL_POOL_SIZE }, log);
    lifecycle.onClose(() => contact.close());
    await contact.tried;
    return new FakeChannel(contact.dataSource, log, {
      answerLostShare: config.CHANNEL_ANSWER_LOST_SHARE,
      requestLostShare: config.CHANNEL_REQUEST_LOST_SHARE,
      failureShare: config.CHANNEL_COLLECT_FAILURE_SHARE,
      latencyMs: config.CHANNEL_LATENCY_MS,
    });
  },
};
