import { type RedisClient } from '@floodgate/adapters/redis';
import { ConfigError, LOG } from '@floodgate/nest-kit';
import { type FactoryProvider } from '@nestjs/common';
import { type Logger } from 'pino';
import { type Config, CONFIG } from '../config';
import { GATEWAY_REDIS } from '../gateway-redis';
import { Captcha } from './captcha';
import { type Challenge, CHALLENGE } from './challenge';
import { ProofOfWork } from './proof-of-work';
import { SpentSolutions } from './spent-solutions';

/** The challenge that is configured: a captcha where a provider is named, work for the processor otherwise. */
export const challenge: FactoryProvider<Challenge> = {
  provide: CHALLENGE,
  inject: [CONFIG, GATEWAY_REDIS, LOG],
  useFactory: (config: Config, redis: RedisClient, log: Logger): Challenge => {
    const spent = new SpentSolutions(redis, config.CAP_GROUP, log);
    const { TOKEN_SECRET, CHALLENGE_TTL_MS: ttlMs } = config;
    const { CAPTCHA_VERIFY_URL: verifyUrl, CAPTCHA_SITE_KEY: siteKey, CAPTCHA_SECRET: providerSecret } = config;
    if (verifyUrl === undefined) {
      const { CHALLENGE_ZEROS: zeros, CHALLENGE_COST: cost } = config;
      return new ProofOfWork(spent, { secret: TOKEN_SECRET, ttlMs, zeros, cost });
    }
    if (siteKey === undefined || providerSecret === undefined) {
      throw new ConfigError('configuration: CAPTCHA_VERIFY_URL needs CAPTCHA_SITE_KEY and CAPTCHA_SECRET');
    }
    const { CAPTCHA_TIMEOUT_MS: timeoutMs } = config;
    return new Captcha(spent, { verifyUrl, siteKey, providerSecret, tokenSecret: TOKEN_SECRET, ttlMs, timeoutMs });
  },
};
