import { Injectable } from '@nestjs/common';
import { type ThrottlerModuleOptions, ThrottlerGuard } from '@nestjs/throttler';
import { type Config } from '../config';

const MINUTE_MS = 60_000;

/** Production's limit for people at a console, and one that no script of a developer's meets. */
const ADMIN_PER_MINUTE = { production: 300, development: 60_000 } as const;
const SIGN_IN_PER_MINUTE = { production: 30, development: 1_000_000 } as const;

export const ADMIN = 'admin';
export const SIGN_IN = 'sign-in';

/** Limits by client address on routes that are never in the rush; the rush has the plan's caps, which cost less. */
export function coldRouteLimits(config: Config): ThrottlerModuleOptions {
  return [
    { name: ADMIN, ttl: MINUTE_MS, limit: config.ADMIN_LIMIT_PER_MINUTE ?? ADMIN_PER_MINUTE[config.PROFILE] },
    { name: SIGN_IN, ttl: MINUTE_MS, limit: config.SIGN_IN_LIMIT_PER_MINUTE ?? SIGN_IN_PER_MINUTE[config.PROFILE] },
  ];
}

/** On a controller: one limit counts all its routes together, not each by itself. */
@Injectable()
export class ColdRouteGuard extends ThrottlerGuard {}
