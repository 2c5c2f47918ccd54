import { FakeChannel } from '@floodgate/adapters/fake-channel';
import { DatabaseContact } from '@floodgate/adapters/mysql';
import { type PayoutChannel } from '@floodgate/domain/prize-payout';
import { Lifecycle, LOG } from '@floodgate/nest-kit';
import { type FactoryProvider } from '@nestjs/common';
import { type Logger } from 'pino';
import { type PrizePayoutConfig } from '../config';
import { CHANNEL, CONFIG } from '../tokens';

export const channelProvider: FactoryProvider<PayoutChannel> = {
  provide: CHANNEL,
  inject: [CONFIG, LOG, Lifecycle],
  useFactory: async (config: PrizePayoutConfig, log: Logger, lifecycle: Lifecycle) => {
    const contact = new DatabaseContact({ url: config.CHANNEL_MYSQL_URL, poolSize: config.CHANNEL_POOL_SIZE }, log);
    lifecycle.onClose(() => contact.close());
    await contact.tried;
    return new FakeChannel(contact.dataSource, log, {
      answerLostShare: config.CHANNEL_ANSWER_LOST_SHARE,
      requestLostShare: config.CHANNEL_REQUEST_LOST_SHARE,
      failureShare: config.CHANNEL_PAY_FAILURE_SHARE,
      latencyMs: config.CHANNEL_LATENCY_MS,
    });
  },
};
