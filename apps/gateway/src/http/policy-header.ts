import { PlanFollower } from '@floodgate/nest-kit';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type FastifyInstance } from 'fastify';

export const POLICY_VERSION_HEADER = 'fg-policy-version';

/** Puts the version of the plan on every answer, so that a client learns of a new plan from whatever it asks, even if refused. */
@Injectable()
export class PolicyHeader implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly follower: PlanFollower,
  ) {}

  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('onRequest', (_request, reply, done) => {
      void reply.header(POLICY_VERSION_HEADER, this.follower.snapshot.version);
      done();
    });
  }
}
