import { type Provider, type Type } from '@nestjs/common';
import { PlatformCap, platformCaps } from './caps/platform-cap';
import { ChallengeController } from './challenge/challenge.controller';
import { challenge } from './challenge/challenge.provider';
import { ChallengeStep } from './challenge/challenge-step';
import { gatewayRedis } from './gateway-redis';
import { RiskController } from './http/risk.controller';
import { identities, revocations } from './identity/identity.provider';
import { RevocationsController } from './identity/revocations.controller';
import { BlacklistStep, FrequencyStep } from './limits/limit-steps';
import { RepeatOffenders } from './limits/repeat-offenders';
import { RiskFeed } from './limits/risk-feed';

/** The steps of admission that decide who comes too often, must not come, or is one too many. */
export const ACCESS_STEPS = [BlacklistStep, FrequencyStep, PlatformCap, ChallengeStep] as const;

/** Those steps, what they need, and who tells users by their tokens. */
export const ACCESS_PROVIDERS: Provider[] = [
  gatewayRedis,
  platformCaps,
  RiskFeed,
  RepeatOffenders,
  challenge,
  revocations,
  identities,
  ...ACCESS_STEPS,
];

export const ACCESS_CONTROLLERS: Type[] = [ChallengeController, RiskController, RevocationsController];
