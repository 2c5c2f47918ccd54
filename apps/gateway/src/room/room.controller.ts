import { PASS_HEADER } from '@floodgate/nest-kit';
import { Body, Controller, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { Admitted } from '../admission/route-admission';
import { CampaignCache } from '../campaign-cache';
import { SignedIn, UserId } from '../http/identity';
import { PassAnswer, PassBody, RoomParams, TicketAnswer, TicketBody } from './room-schemas';
import { Rooms } from './rooms';

/** Where those wait who are over the cap. docs/concepts/waiting-room.md says how a client goes through it; ServingRoute tells how far it is. */
@ApiTags('participants')
@Controller('campaigns/:campaignId/room/:api')
export class RoomController {
  constructor(
    private readonly campaigns: CampaignCache,
    private readonly rooms: Rooms,
  ) {}

  /** A place in the room. Asked again, the same one. */
  @Post('ticket')
  @Admitted('room')
  @HttpCode(200)
  @SignedIn()
  @ApiOkResponse({ type: TicketAnswer })
  async ticket(
    @UserId() userId: string,
    @Param() { campaignId, api }: RoomParams,
    @Body() body: TicketBody,
  ): Promise<TicketAnswer> {
    return this.rooms.ticket(await this.campaigns.get(campaignId), { api, userId, ...body });
  }

  /** The pass of a place that has been called, for one grab. */
  @Post('pass')
  @Admitted('room')
  @HttpCode(200)
  @SignedIn()
  @ApiOkResponse({ type: PassAnswer })
  async pass(
    @UserId() userId: string,
    @Param() { campaignId, api }: RoomParams,
    @Body() body: PassBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PassAnswer> {
    const answer = await this.rooms.pass(await this.campaigns.get(campaignId), { api, userId, ...body });
    void reply.header(PASS_HEADER, answer.pass);
    return answer;
  }
}
