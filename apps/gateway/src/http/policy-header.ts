import { CURSOR_HEADER, PlanFollower } from '@floodgate/nest-kit';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type FastifyInstance } from 'fastify';
import { CursorText } from '../admission/overload';
import { RouteAdmission } from '../admission/route-admission';
import { POLICY_VERSION_HEADER } from './policy-version';

/**
 * The gateway's own hook on every request. Puts the version of the plan and this server's cursor on the answer, so that a client learns of both from
 * whatever it asks, even if refused; then admits what is to be admitted. The grab's own route does both by itself.
 */
@Injectable()
export class PolicyHeader implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly follower: PlanFollower,
    private readonly cursor: CursorText,
    private readonly admission: RouteAdmission,
  ) {}

  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('onRequest', (request, reply, done) => {
      void reply.header(POLICY_VERSION_HEADER, this.follower.snapshot.version);
      void reply.header(CURSOR_HEADER, this.cursor.toldTo(request.raw));
      const { admittedApi } = request.routeOptions.config;
      if (admittedApi === undefined) done();
      else this.admission.admit(admittedApi, request, reply, done);
    });
  }
}
