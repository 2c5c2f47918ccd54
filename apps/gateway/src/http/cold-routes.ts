import { isIPv6 } from 'node:net';
import { type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { type ThrottlerModuleOptions, ThrottlerGuard } from '@nestjs/throttler';
import { type FastifyRequest } from 'fastify';
import { type Config, CONFIG } from '../config';
import { clientAddress, networkOf } from '../limits/client-address';

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

/** On a controller: one limit counts all its routes together, not each by itself, by the client's address as trusted proxies name it. */
@Injectable()
export class ColdRouteGuard extends ThrottlerGuard {
  @Inject(CONFIG) private readonly config!: Config;

  protected override getTracker({ socket, headers }: FastifyRequest): Promise<string> {
    const address = clientAddress(socket.remoteAddress ?? '', headers, this.config.TRUSTED_PROXIES);
    // Who has one address of IPv6 has all of its network.
    return Promise.resolve(isIPv6(address) ? networkOf(address) : address);
  }

  protected override generateKey(context: ExecutionContext, tracker: string, limit: string): string {
    return `${context.getClass().name} ${limit} ${tracker}`;
  }
}
