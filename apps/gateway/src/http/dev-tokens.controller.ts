import { signJwt } from '@floodgate/nest-kit';
import { Body, Controller, HttpCode, Inject, Post, UseGuards } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { SkipThrottle } from '@nestjs/throttler';
import { type Config, CONFIG } from '../config';
import { ADMIN, ColdRouteGuard } from './cold-routes';
import { TokenAnswer, TokenBody } from './schemas';

/** Signs anyone in as anyone. Exists in the development profile only. */
@ApiTags('development')
@UseGuards(ColdRouteGuard)
@SkipThrottle({ [ADMIN]: true })
@Controller('dev/tokens')
export class DevTokensController {
  constructor(@Inject(CONFIG) private readonly config: Config) {}

  @Post()
  @HttpCode(200)
  @ApiOkResponse({ type: TokenAnswer })
  sign(@Body() { userId, roles }: TokenBody): TokenAnswer {
    return {
      outcome: 'OK',
      token: signJwt({ userId, roles, ttlMs: this.config.DEV_TOKEN_TTL_MS }, this.config.JWT_SECRET),
    };
  }
}
