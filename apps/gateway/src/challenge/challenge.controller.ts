import { type Clock } from '@floodgate/kernel';
import { CLOCK } from '@floodgate/nest-kit';
import { Controller, Get, Header, Inject, Param } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { Admitted } from '../admission/route-admission';
import { CampaignCache } from '../campaign-cache';
import { SignedIn, UserId } from '../http/identity';
import { CampaignParams } from '../http/schemas';
import { type Challenge, CHALLENGE } from './challenge';

class ChallengeAnswer extends createZodDto(
  z.object({
    outcome: z.literal('OK'),
    challenge: z
      .record(z.string(), z.unknown())
      .meta({ description: "What is to be solved: altcha's proof of work, or what a captcha is shown with" }),
  }),
) {}

/** A challenge for the person who is signed in, to be solved for grabs of one campaign. */
@ApiTags('participants')
@Controller('campaigns/:campaignId/challenge')
export class ChallengeController {
  constructor(
    @Inject(CHALLENGE) private readonly challenge: Challenge,
    private readonly campaigns: CampaignCache,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Admitted('challenge')
  @SignedIn()
  @Header('cache-control', 'no-store')
  @ApiOkResponse({ type: ChallengeAnswer })
  async issue(@UserId() userId: string, @Param() { campaignId }: CampaignParams): Promise<ChallengeAnswer> {
    await this.campaigns.get(campaignId);
    const challenge = await this.challenge.issue({ userId, campaignId }, this.clock.nowMs());
    return { outcome: 'OK', challenge: { ...challenge } };
  }
}
