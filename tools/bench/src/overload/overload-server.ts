/** A server of the overload bench: Nest on Fastify, one route that costs real CPU, and one of the defences. */
import 'reflect-metadata';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import underPressure from '@fastify/under-pressure';
import { PRIORITIES, shedLevel, userLevel } from '@floodgate/domain/degradation-plan';
import { AdmissionQueue, cursorText } from '@floodgate/nest-kit';
import { Controller, Get, Headers, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { burn } from './burn';
import { type ServerStarted, type StartServer, type WorkAnswer } from './messages';

let turns = 0;
/** What this server tells of its cursor. */
let cursorOf = (_campaignId: string): string | undefined => undefined;

@Controller('work')
class WorkController {
  @Get()
  work(@Headers('campaign') campaignId = ''): WorkAnswer & { result: number } {
    return { outcome: 'OK', result: burn(turns), cursor: cursorOf(campaignId) };
  }
}

@Module({ controllers: [WorkController] })
class WorkModule {}

const REFUSED = JSON.stringify({ outcome: 'TOO_HOT', pollAfterMs: 1_000, cursor: 'browse:100' });

function refuse(reply: FastifyReply, cursor: string | undefined): void {
  reply.hijack();
  write(reply.raw, JSON.stringify({ outcome: 'TOO_HOT', pollAfterMs: 1_000, cursor }));
}

function write(raw: ServerResponse, body: string): void {
  raw.writeHead(503, ['content-type', 'application/json', 'content-length', String(body.length)]);
  raw.end(body, 'latin1');
}

/** As the gateway does it, but for the steps that are not about load. */
function defendByAdmission(fastify: FastifyInstance, refuseAll: boolean): void {
  const queue = new AdmissionQueue({ lengthMax: 1_000, waitMsMax: 250, inFlightMax: 2_000 });
  cursorOf = (campaignId) => cursorText(queue.cursor.levelOf(campaignId));
  fastify.addHook('onRequest', (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    const { priority, user, campaign } = request.headers;
    const campaignId = String(campaign ?? '');
    const known = PRIORITIES.find((name) => name === priority) ?? 'browse';
    const level = shedLevel(known, userLevel(String(user), Date.now()));
    const refuseIt = () => refuse(reply, cursorOf(campaignId));
    if (refuseAll || !queue.takes(level, campaignId)) {
      refuseIt();
      return;
    }
    const run = () => {
      reply.raw.once('close', () => queue.finished());
      done();
    };
    queue.add({ run, drop: refuseIt }, level, campaignId);
  });
}

/** The settings that its README begins with. */
const README_SETTINGS = {
  maxEventLoopDelay: 1_000,
  maxHeapUsedBytes: 100_000_000,
  maxRssBytes: 100_000_000,
  maxEventLoopUtilization: 0.98,
};

async function startBare(): Promise<ServerStarted> {
  const server = createServer((_, response) => write(response, REFUSED));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port };
}

async function start({ defence, turns: asked, refuseAll }: StartServer): Promise<ServerStarted> {
  if (defence === 'bare') return startBare();
  turns = asked;
  const adapter = new FastifyAdapter();
  const app = await NestFactory.create<NestFastifyApplication>(WorkModule, adapter, { logger: false });
  const fastify = adapter.getInstance();
  if (defence === 'admission') defendByAdmission(fastify, refuseAll);
  if (defence === 'under-pressure') await app.register(underPressure, README_SETTINGS);
  await app.listen(0, '127.0.0.1');
  return { port: (app.getHttpServer().address() as AddressInfo).port };
}

process.once('message', (message: StartServer) => {
  void start(message).then((started) => process.send?.(started));
});
process.on('disconnect', () => process.exit());
