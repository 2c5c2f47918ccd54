import { randomUUID } from 'node:crypto';
import { createRedis } from '@floodgate/adapters/redis';
import { type Plan, REFERENCE_PLAN } from '@floodgate/domain/degradation-plan';
import { SERVERS, until } from '@floodgate/testing';
import { RoomKeeper } from '../src/room/room-keeper';
import { stateDirWith } from './plan-on-disk';
import { timedSale } from './sample-campaigns';
import { granted, StubServices } from './stub-services';
import { bearer, startGateway, type TestGateway } from './test-gateway';

/** So many that everybody is called at once. */
export const EVERYBODY_PER_SECOND = 100_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
/** A gateway that has heard nothing of a room for so long does as if there were none. */
const AWAY_AFTER_MS = 3_000;

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Gateways with waiting rooms in front of stub services, and what people ask of them. */
export class RoomWorld {
  readonly services = new StubServices();
  readonly redis = createRedis(SERVERS.redisUrl, { commandTimeout: 60_000 });
  /** Two sales that opened a moment ago; others for each test. */
  sale = '';
  other = '';
  private gateways: TestGateway[] = [];

  async open(): Promise<void> {
    await this.redis.connect();
    await this.services.start();
  }

  close(): void {
    this.services.kill();
    this.redis.disconnect();
  }

  begin(): void {
    [this.sale, this.other] = [`sale-${randomUUID()}`, `other-${randomUUID()}`];
    this.services.campaigns = [this.sale, this.other].map((id) => timedSale(id, { openForMs: 10_000 }));
    this.services.onGrab = (grab) => granted(grab);
    this.services.frames.length = 0;
  }

  async stopGateways(): Promise<void> {
    for (const gateway of this.gateways.splice(0)) await gateway.close();
  }

  /** A gateway whose cap lets one grab a second of each campaign through. */
  async start(
    perSecond: number | null,
    redisUrl = SERVERS.redisUrl,
    room: Partial<Plan['tier1']['room']> = {},
  ): Promise<TestGateway> {
    const { tier1 } = REFERENCE_PLAN;
    const stateDir = await stateDirWith(
      {
        tier1: {
          ...tier1,
          caps: { ...tier1.caps, grab: 1 },
          room: { open: 'on', beforeMs: 5 * MINUTE_MS, perSecond, ...room },
        },
      },
      [],
    );
    const gateway = await startGateway(this.services, redisUrl, { STATE_DIR: stateDir });
    this.gateways.push(gateway);
    await until(
      'campaigns are known',
      async () => (await gateway.app.inject(`/campaigns/${this.sale}/venue`)).statusCode === 200,
    );
    return gateway;
  }

  async call(
    gateway: TestGateway,
    method: 'GET' | 'POST' | 'PUT',
    url: string,
    headers: object = {},
    payload?: object,
  ): Promise<Answer> {
    const answer = await gateway.app.inject({ method, url, headers: { ...headers }, ...(payload && { payload }) });
    return { status: answer.statusCode, headers: answer.headers, body: answer.json<Record<string, unknown>>() };
  }

  ticket(gateway: TestGateway, userId: string, body: object = {}, campaignId = this.sale): Promise<Answer> {
    return this.call(gateway, 'POST', `/campaigns/${campaignId}/room/grab/ticket`, bearer(userId), body);
  }

  /** As a client does: tries again while Redis is too slow. */
  join(gateway: TestGateway, userId: string, body: object = {}, campaignId = this.sale): Promise<Answer> {
    return until(`${userId} has a place`, async () => {
      const answer = await this.ticket(gateway, userId, body, campaignId);
      return answer.body['outcome'] !== 'TRY_LATER' && answer;
    });
  }

  pass(gateway: TestGateway, userId: string, body: object, campaignId = this.sale): Promise<Answer> {
    return this.call(gateway, 'POST', `/campaigns/${campaignId}/room/grab/pass`, bearer(userId), body);
  }

  async serving(gateway: TestGateway, campaignId = this.sale): Promise<Answer['body']> {
    return (await this.call(gateway, 'GET', `/campaigns/${campaignId}/room/grab/serving`)).body;
  }

  grab(
    gateway: TestGateway,
    userId: string,
    grabId: string,
    fgPass?: unknown,
    campaignId = this.sale,
  ): Promise<Answer> {
    return this.call(gateway, 'PUT', `/campaigns/${campaignId}/pools/phones/grabs/${grabId}`, {
      ...bearer(userId),
      ...(typeof fgPass === 'string' && { 'fg-pass': fgPass }),
    });
  }

  /**
   * A grab whose answer says something of the room. Of none is heard on a machine that stood still for seconds: what was answered so late is taken back
   * and asked for again.
   */
  grabBesideRoom(...grab: Parameters<RoomWorld['grab']>): Promise<Answer> {
    const [gateway, userId] = grab;
    return until(`${userId} is answered in time`, async () => {
      await this.beat(gateway);
      const [beatenAt, sent] = [performance.now(), this.services.frames.length];
      const answer = await this.grab(...grab);
      if (performance.now() - beatenAt < AWAY_AFTER_MS - 1_000) return answer;
      this.services.frames.length = sent;
      return undefined;
    });
  }

  /** Resolves when the gateway's rooms have been heard of just now. */
  private async beat(gateway: TestGateway): Promise<void> {
    const beat = jest.spyOn(gateway.app.get(RoomKeeper).waiting, 'beat');
    const begun = await until('a beat of the rooms', () => beat.mock.results.at(-1));
    beat.mockRestore();
    await begun.value;
  }

  /** Grabs of others until the cap refuses one; what that one is told. */
  overTheCap(gateway: TestGateway, grab: 'grab' | 'grabBesideRoom' = 'grab'): Promise<Answer> {
    return until('the cap is used up', async () => {
      const answer = await this[grab](gateway, 'other', `g-${randomUUID()}`);
      return answer.body['outcome'] !== 'GRANTED' && answer;
    });
  }

  /** Joins, is called, and has the pass for the grab. */
  async called(gateway: TestGateway, userId: string, grabId: string, campaignId = this.sale) {
    const { body } = await this.join(gateway, userId, {}, campaignId);
    return until(`${userId} is called`, async () => {
      const answer = await this.pass(gateway, userId, { ticket: body['ticket'], grabId }, campaignId);
      return answer.status === 200 && { ...answer, ticket: body['ticket'] };
    });
  }

  /** Nobody is called from now on: somebody who does nothing holds the lease. */
  async callNobody(campaignId = this.sale): Promise<void> {
    const lease = { leader: 'nobody', leaseUntilMs: String(Date.now() + HOUR_MS) };
    await this.redis.hset(`room:state:${campaignId}/grab`, lease);
  }

  /** From now on somebody waits. */
  async letSomebodyWait(gateway: TestGateway, campaignId = this.sale): Promise<void> {
    await this.callNobody(campaignId);
    await this.join(gateway, 'waits', {}, campaignId);
  }
}
