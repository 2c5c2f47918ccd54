import { type RedisClient } from '@floodgate/adapters/redis';
import { type Clock } from '@floodgate/kernel';
import { CLOCK, Identities, Lifecycle, LOG, Metrics, Revocations, startIdentities } from '@floodgate/nest-kit';
import { type FactoryProvider } from '@nestjs/common';
import { type Logger } from 'pino';
import { type Config, CONFIG } from '../config';
import { GATEWAY_REDIS } from '../gateway-redis';

export const revocations: FactoryProvider<Revocations> = {
  provide: Revocations,
  inject: [CONFIG, GATEWAY_REDIS, CLOCK, LOG, Lifecycle],
  useFactory: (config: Config, redis: RedisClient, clock: Clock, log: Logger, lifecycle: Lifecycle): Revocations => {
    const { CAP_GROUP: group, REVOCATION_POLL_EVERY_MS: pollEveryMs } = config;
    const made = new Revocations({ redis, group, clock, log, pollEveryMs });
    made.start();
    lifecycle.onStop(() => made.stop());
    return made;
  },
};

export const identities: FactoryProvider<Identities> = {
  provide: Identities,
  inject: [CONFIG, Revocations, LOG, Lifecycle, Metrics],
  useFactory: (config: Config, revoked: Revocations, log: Logger, lifecycle: Lifecycle, metrics: Metrics) =>
    startIdentities(config, { revocations: revoked, log, lifecycle, metrics }),
};
