import { createRedis, keepConnecting, type RedisClient, waitAMoment } from '@floodgate/adapters/redis';
import { Lifecycle, LOG } from '@floodgate/nest-kit';
import { type FactoryProvider } from '@nestjs/common';
import { type Logger } from 'pino';
import { type Config, CONFIG } from './config';

/** The Redis of caps, limits, challenges and revocations: shared counts, which all of them can do without. */
export const GATEWAY_REDIS = Symbol('redis of the gateway');

const WHEN_AWAY = 'redis connection lost: what gateways count together, each now counts alone';

/** Connects, but never waits for long: a gateway whose Redis is away starts all the same. */
export const gatewayRedis: FactoryProvider<RedisClient> = {
  provide: GATEWAY_REDIS,
  inject: [CONFIG, LOG, Lifecycle],
  useFactory: async (config: Config, log: Logger, lifecycle: Lifecycle): Promise<RedisClient> => {
    const redis = createRedis(config.REDIS_URL);
    lifecycle.onClose(() => redis.disconnect());
    await waitAMoment(keepConnecting(redis, log, WHEN_AWAY));
    return redis;
  },
};
