import { signJwt } from '@floodgate/nest-kit';
import { StackTrouble } from '@floodgate/tools/stack';
import { type LoadProcess } from '../load/load-process';
import { type Crowd } from '../load/job';

export interface RoomCrowdOptions {
  readonly load: LoadProcess;
  /** Of a gateway. */
  readonly port: number;
  readonly connections: number;
  readonly jwtSecret: string;
  readonly runId: string;
}

/** A job's answers must come within a few minutes, so that a crowd comes in parts. */
const PART = 20_000;

/** People who join waiting rooms through a gateway. */
export class RoomCrowd {
  private jobs = 0;

  constructor(private readonly options: RoomCrowdOptions) {}

  /** New people join; how many a second. @throws StackTrouble when one is given no place. */
  async join(campaignId: string, people: number): Promise<number> {
    let wallMs = 0;
    for (let joined = 0; joined < people; joined += PART) {
      wallMs += await this.ask(campaignId, Math.min(PART, people - joined));
    }
    return (people / wallMs) * 1_000;
  }

  /** So many people join and ask for their places again, `requests` times in all. @throws StackTrouble when one is given no place. */
  async joinAgainAndAgain(campaignId: string, people: number, requests: number): Promise<void> {
    const turns = Math.ceil(requests / people);
    const pools = Array.from({ length: turns }, (_, turn) => `turn-${turn}`);
    await this.ask(campaignId, people * turns, {
      userPrefix: `${this.options.runId}-again`,
      users: people,
      pools,
      from: 0,
    });
  }

  /** The number that the next to come is given; it is given to them. */
  async nextArrival(campaignId: string): Promise<number> {
    const { port, jwtSecret, runId } = this.options;
    const token = signJwt({ userId: `${runId}-next-${this.jobs++}`, roles: ['participant'], ttlMs: 60_000 }, jwtSecret);
    const response = await fetch(`http://127.0.0.1:${port}${pathOf(campaignId)}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{}',
    });
    const { arrival } = (await response.json()) as { arrival?: number };
    if (arrival === undefined) throw new StackTrouble(`No place was given: ${response.status}`);
    return arrival;
  }

  private async ask(campaignId: string, requests: number, crowd?: Crowd): Promise<number> {
    const { load, port, connections, jwtSecret, runId } = this.options;
    await load.prepare({
      port,
      method: 'POST',
      path: pathOf(campaignId),
      body: '{}',
      requests,
      connections,
      jwtSecret,
      prefix: `${runId}-room-${this.jobs++}`,
      ...(crowd && { crowd }),
    });
    const { outcomes, wallMs } = await load.run();
    if (outcomes['OK'] !== requests) throw new StackTrouble(`Not everybody got a place: ${JSON.stringify(outcomes)}`);
    return wallMs;
  }
}

const pathOf = (campaignId: string) => `/campaigns/${campaignId}/room/grab/ticket`;
