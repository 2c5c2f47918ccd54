import { type Clock } from '@floodgate/kernel';
import { CLOCK, Revocations } from '@floodgate/nest-kit';
import { Body, Controller, HttpCode, Inject, Post, UseGuards } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { SkipThrottle } from '@nestjs/throttler';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { instantMs } from '../http/campaign-schemas';
import { ColdRouteGuard, SIGN_IN } from '../http/cold-routes';
import { SignedIn } from '../http/identity';

const FOR_MS_MAX = 365 * 24 * 3_600_000;

class RevocationBody extends createZodDto(
  z.strictObject({
    kind: z.enum(['user', 'token']).meta({ description: 'All tokens of a user, or one by its id (jti)' }),
    id: z.string().min(1).max(256),
    forMs: z
      .number()
      .int()
      .min(1)
      .max(FOR_MS_MAX)
      .meta({ description: 'As long as the token lives, or the user is to stay out' }),
  }),
) {}
class RevocationAnswer extends createZodDto(z.object({ outcome: z.literal('OK'), untilMs: instantMs })) {}

/** For operators: tokens that are genuine and must not be taken any more. */
@ApiTags('admin')
@SignedIn('operator')
@SkipThrottle({ [SIGN_IN]: true })
@UseGuards(ColdRouteGuard)
@Controller('admin/revocations')
export class RevocationsController {
  constructor(
    private readonly revocations: Revocations,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Revokes on every gateway, within seconds. */
  @Post()
  @HttpCode(200)
  @ApiOkResponse({ type: RevocationAnswer })
  async revoke(@Body() { kind, id: revoked, forMs }: RevocationBody): Promise<RevocationAnswer> {
    const untilMs = this.clock.nowMs() + forMs;
    await this.revocations.revoke(kind === 'user' ? { userId: revoked } : { tokenId: revoked }, untilMs);
    return { outcome: 'OK', untilMs };
  }
}
