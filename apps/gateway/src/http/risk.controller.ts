import { callUnary } from '@floodgate/nest-kit';
import { Body, Controller, HttpCode, Post, Put, UseGuards } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { SkipThrottle } from '@nestjs/throttler';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { COUNTED, frequencyRules } from '../limits/frequency-rules';
import { Services } from '../services';
import { instantMs } from './campaign-schemas';
import { ColdRouteGuard, SIGN_IN } from './cold-routes';
import { SignedIn, UserId } from './identity';

const ok = { outcome: z.literal('OK') } as const;
const subject = {
  kind: z.enum(COUNTED),
  subject: z
    .string()
    .min(1)
    .max(64)
    .meta({ description: 'An id; of a network an address, a /24 of IPv4 or a /64 of IPv6' }),
  reason: z.string().min(1).max(200),
};

class ListingBody extends createZodDto(
  z.strictObject({
    ...subject,
    forMs: z
      .number()
      .int()
      .min(1)
      .max(10 * 365 * 24 * 3_600_000),
  }),
) {}
class ListingAnswer extends createZodDto(z.object({ ...ok, expiresAtMs: instantMs })) {}
class UnlistingBody extends createZodDto(z.strictObject(subject)) {}
class RulesBody extends createZodDto(z.strictObject({ rules: frequencyRules })) {}
class RulesAnswer extends createZodDto(z.object({ ...ok, version: z.number().int() })) {}
class DoneAnswer extends createZodDto(z.object(ok)) {}

/** For operators: the blacklist and the frequency limits, which activity keeps and every gateway enforces within a second or so. */
@ApiTags('admin')
@SignedIn('operator')
@SkipThrottle({ [SIGN_IN]: true })
@UseGuards(ColdRouteGuard)
@Controller('admin/risk')
export class RiskController {
  constructor(private readonly services: Services) {}

  /** Puts a user, a network or a device on the blacklist for a time, with a reason. */
  @Post('listings')
  @HttpCode(200)
  @ApiOkResponse({ type: ListingAnswer })
  async list(@UserId() listedBy: string, @Body() { forMs, ...rest }: ListingBody): Promise<ListingAnswer> {
    const { activity, hops } = this.services;
    const request = { ...rest, listedBy, forMs: String(forMs), automatic: false };
    const { expiresAtMs } = await callUnary(activity, activity.listSubject, request, hops.activity);
    return { outcome: 'OK', expiresAtMs: Number(expiresAtMs) };
  }

  /** Takes one off the blacklist. */
  @Post('unlistings')
  @HttpCode(200)
  @ApiOkResponse({ type: DoneAnswer })
  async unlist(@UserId() unlistedBy: string, @Body() body: UnlistingBody): Promise<DoneAnswer> {
    const { activity, hops } = this.services;
    await callUnary(activity, activity.unlistSubject, { ...body, unlistedBy }, hops.activity);
    return { outcome: 'OK' };
  }

  /** Sets all frequency limits at once. */
  @Put('frequency-rules')
  @ApiOkResponse({ type: RulesAnswer })
  async setRules(@UserId() operatorId: string, @Body() { rules }: RulesBody): Promise<RulesAnswer> {
    const { activity, hops } = this.services;
    const { version } = await callUnary(activity, activity.setFrequencyRules, { operatorId, rules }, hops.activity);
    return { outcome: 'OK', version: Number(version) };
  }
}
