import { type IncomingMessage, type ServerResponse } from 'node:http';
import { requestIdOf } from '@floodgate/nest-kit';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type FastifyInstance } from 'fastify';
import { GrabAdmission } from './grab-admission';
import { GrabCounts } from './grab-counts';
import { RawAnswers } from './raw-answer';

const GRAB_URL = /^\/campaigns\/([\w-]+)\/pools\/([\w-]+)\/grabs\/([\w-]+)$/;

/**
 * Refuses a grab ahead of Fastify where that needs nobody's name: not open, closed, sold out, too hot. After a sell-out these are
 * nearly all requests, and Nest's and Fastify's hooks would cost each of them half as much again as it costs at all. The grab
 * route comes to the same decision for whatever this leaves alone, so it may leave alone what it likes.
 */
@Injectable()
export class EarlyRefusal implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly admission: GrabAdmission,
    private readonly answers: RawAnswers,
    private readonly counts: GrabCounts,
  ) {}

  onModuleInit(): void {
    const { server } = this.host.httpAdapter.getInstance<FastifyInstance>();
    const handlers = server.listeners('request') as ((request: IncomingMessage, response: ServerResponse) => void)[];
    server.removeAllListeners('request');
    server.on('request', (request, response) => {
      // A server that closes lets Fastify end the connection.
      if (server.listening && this.refuse(request, response)) return;
      for (const handle of handlers) handle.call(server, request, response);
    });
  }

  /** Says whether it has answered. */
  private refuse(request: IncomingMessage, response: ServerResponse): boolean {
    if (request.method !== 'PUT') return false;
    const [, campaignId = '', poolId = '', grabId = ''] = GRAB_URL.exec(request.url ?? '') ?? [];
    const campaign = this.admission.peek({ campaignId });
    if (!campaign) return false;
    const admission = this.admission.refuseAnybody(request, { campaignId, poolId, grabId }, campaign);
    if (admission === undefined || admission.ok) return false;
    this.counts.add(admission.step, admission.refusal.outcome);
    this.answers.refuseOn(response, admission.refusal, requestIdOf(request));
    return true;
  }
}
