import { setTimeout as sleep } from 'node:timers/promises';
import { type PersonPlan, type PoolPlan } from '../plan/load-plan';
import { type GrabRouter } from './grab-router';
import { type GrabItem } from './instance-link';
import { type Told, type ToldLog } from './told';

/** Tells everybody that an order has expired, as the order service would. Resolves when the event is sure to be read. */
export type ExpireOrder = (told: Told) => Promise<void>;

export interface CrowdPorts {
  readonly campaignId: string;
  readonly router: GrabRouter;
  readonly told: ToldLog;
  readonly expire: ExpireOrder;
}

/** What stays the same over the attempts of one grab. */
type Grab = GrabItem & { readonly shards: number };

const POLL_MS_MIN = 20;
const POLL_MS_MAX = 150;

/** After these the same grabId need not be asked again. */
const DECIDED: ReadonlySet<string> = new Set([
  'GRANTED',
  'ALREADY_GRANTED',
  'GRAB_ENDED',
  'SOLD_OUT',
  'CLOSED',
  'QUALIFICATION_SPENT',
  'CONFLICT',
  'INTERNAL',
]);

/** Told for now, because units may come back. */
const FOR_NOW = 'SOLD_OUT_FOR_NOW';

/** The people of one schedule. Each asks again, with the same grabId, until it is decided. */
export class Crowd {
  /** Grabs that wait for a decision, with what they were told last. */
  readonly undecided = new Map<string, string>();
  /** Orders that expired and whose units must come back. */
  readonly expired: Told[] = [];
  private readonly running = new Set<Promise<void>>();
  /** Scripts that wait before their next step. */
  private sleeping = 0;
  private doorsClosed = false;
  private stopped = false;

  constructor(private readonly ports: CrowdPorts) {}

  /** Lets everybody come at their time; resolves when the last has come. */
  async arrive(people: readonly PersonPlan[]): Promise<void> {
    for (const person of people) {
      const waitMs = person.atMs - this.ports.told.nowMs;
      if (waitMs > 0) await sleep(waitMs);
      this.keep(this.play(person));
    }
  }

  /** Fresh people who want a unit of this pool, each once. */
  send(pool: PoolPlan, userIds: readonly string[]): void {
    for (const userId of userIds) this.keep(this.ask(this.grabOf(pool, userId, 1)).then(() => undefined));
  }

  /** From now on "sold out for now" is the last word. */
  closeTheDoors(): void {
    this.doorsClosed = true;
  }

  /** Those who are sent from now on hope again. */
  openTheDoors(): void {
    this.doorsClosed = false;
  }

  get areDoorsClosed(): boolean {
    return this.doorsClosed;
  }

  /**
   * Whoever is left has been told "sold out for now", and nobody will do anything else, unless one who asks again is granted
   * something just now. With the doors closed nobody is left.
   */
  get isSettled(): boolean {
    if (this.doorsClosed) return this.isIdle;
    return this.sleeping === 0 && [...this.undecided.values()].every((last) => last === FOR_NOW);
  }

  /** What keeps it from being settled, in words. */
  get waitsFor(): string {
    const count = new Map<string, number>();
    for (const last of this.undecided.values()) count.set(last, (count.get(last) ?? 0) + 1);
    const grabs = [...count].map(([last, grabs]) => `${grabs} ${last}`);
    return [`${this.sleeping} people who pause`, ...grabs].join(', ');
  }

  /** People who wait for a unit of this pool. */
  hopeful(poolId: string): number {
    const users = [...this.undecided.keys()].map((name) => name.split(' ')[0] ?? '');
    return new Set(users.filter((userId) => userId.startsWith(`${poolId}-`))).size;
  }

  get isIdle(): boolean {
    return this.running.size === 0;
  }

  /** Nobody asks any more; throws what anybody's script has thrown. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.running);
  }

  private keep(script: Promise<void>): void {
    this.running.add(script);
    const done = () => this.running.delete(script);
    // One that fails stays, so that stop() throws its error.
    script.then(done, () => undefined);
  }

  private async play(person: PersonPlan): Promise<void> {
    const { pool, userId, secondDeviceAfterMs } = person;
    const devices = [this.playDevice(person, 1)];
    if (secondDeviceAfterMs !== undefined) {
      await this.pause(secondDeviceAfterMs);
      devices.push(this.ask(this.grabOf(pool, userId, 2)).then(() => undefined));
    }
    await Promise.all(devices);
  }

  private async playDevice(person: PersonPlan, device: number): Promise<void> {
    const grab = this.grabOf(person.pool, person.userId, device);
    const told = await this.ask(grab);
    if (told?.outcome !== 'GRANTED') return;
    if (person.asksAgain) await this.askAgain(grab);
    if (person.expiresAfterMs === undefined) return;
    await this.pause(person.expiresAfterMs);
    this.expired.push(told);
    await this.during(this.ports.expire(told));
    if (person.comesBack) await this.ask(this.grabOf(person.pool, person.userId, device + 2));
  }

  private pause(ms: number): Promise<void> {
    return this.during(sleep(ms));
  }

  private async during(work: Promise<void>): Promise<void> {
    this.sleeping++;
    try {
      await work;
    } finally {
      this.sleeping--;
    }
  }

  private async askAgain(grab: Grab): Promise<void> {
    await this.askOnce(grab);
    const askedAtMs = this.ports.told.nowMs;
    for (const answer of await this.ports.router.readAll(grab)) {
      if (answer !== undefined) this.ports.told.add('read', grab, askedAtMs, answer);
    }
  }

  /** Asks until it is decided; undefined when everybody must stop before that. */
  private async ask(grab: Grab): Promise<Told | undefined> {
    const name = `${grab.userId} ${grab.grabId}`;
    this.undecided.set(name, 'not asked yet');
    for (let attempt = 0; !this.stopped; attempt++) {
      const told = await this.askOnce(grab);
      const isLastWord = told?.outcome === FOR_NOW && this.doorsClosed;
      if (told !== undefined && (DECIDED.has(told.outcome) || isLastWord)) {
        this.undecided.delete(name);
        return told;
      }
      this.undecided.set(name, told?.outcome ?? 'no answer');
      await sleep(Math.min(POLL_MS_MAX, POLL_MS_MIN * 1.5 ** attempt));
    }
    return undefined;
  }

  private async askOnce(grab: Grab): Promise<Told | undefined> {
    const { router, told } = this.ports;
    const askedAtMs = told.nowMs;
    const { shards, ...item } = grab;
    const answer = await router.grab(item, shards);
    return answer && told.add('grab', item, askedAtMs, answer);
  }

  private grabOf(pool: PoolPlan, userId: string, device: number): Grab {
    const { campaignId } = this.ports;
    const qualificationId = pool.settlement === 'payout' ? `q-${userId}` : '';
    return {
      campaignId,
      poolId: pool.poolId,
      userId,
      grabId: `${userId}-g${device}`,
      qualificationId,
      shards: pool.shards,
    };
  }
}
