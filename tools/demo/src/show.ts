import { setTimeout as sleep } from 'node:timers/promises';
import { type FloodgateClient, type PoolCount } from '@floodgate/client';
import { type Crowd } from './crowd';
import { type ProgressView } from './progress';
import { CASH_POOL, gatherAtMs, SALE_POOL, saleId, splitId } from './scene';
import { Screen } from './screen';
import { countOf } from './settle';

const LOOK_EVERY_MS = 500;

/** The demo's progress: what the clients know, and beside it what the operator sees of the stock. */
export class Show {
  private readonly screen: Screen;
  private readonly notes: string[] = [];
  private waitingFor: string | undefined;
  private packets: PoolCount | undefined;
  private saleUnits: PoolCount | undefined;
  private looking: Promise<void> | undefined;
  private isOver = false;

  constructor(
    private readonly crowd: Crowd,
    private readonly operator: FloodgateClient,
    private readonly users: number,
  ) {
    this.screen = new Screen(() => this.view());
  }

  start(): void {
    this.screen.start();
    this.looking = this.lookAtStock();
  }

  /** Something out of the ordinary; it stays in sight. */
  readonly note = (line: string): void => {
    this.notes.push(line);
    this.screen.say(line);
  };

  /** What the end waits for. */
  readonly waitFor = (what: string): void => {
    this.waitingFor = what;
  };

  async stop(): Promise<void> {
    this.isOver = true;
    await this.looking;
    this.screen.stop();
  }

  private async lookAtStock(): Promise<void> {
    const { scene } = this.crowd;
    while (!this.isOver) {
      const [packets, saleUnits] = await Promise.all([
        countOf(this.operator, splitId(scene), CASH_POOL),
        countOf(this.operator, saleId(scene), SALE_POOL),
      ]);
      this.packets = packets ?? this.packets;
      this.saleUnits = saleUnits ?? this.saleUnits;
      await sleep(LOOK_EVERY_MS);
    }
  }

  private view(): ProgressView {
    const { scene, tally, offsetMs, policies } = this.crowd;
    const tierOf = (campaignId: string) => policies.policyFor(campaignId, Date.now())?.tier ?? 0;
    return {
      scene,
      users: this.users,
      phase: this.phase(),
      nowMs: Date.now() + offsetMs,
      tally,
      tiers: { split: tierOf(splitId(scene)), sale: tierOf(saleId(scene)) },
      packets: this.packets,
      saleUnits: this.saleUnits,
      notes: this.notes,
    };
  }

  private phase(): string {
    const { scene, offsetMs, tally } = this.crowd;
    const nowMs = Date.now() + offsetMs;
    if (this.waitingFor !== undefined) return `settling: ${this.waitingFor}`;
    if (nowMs < gatherAtMs(scene)) return 'tasks, draws, sets';
    if (nowMs < scene.splitAtMs) return 'people come to the gate';
    if (nowMs < scene.saleOpensAtMs) return 'the split';
    return tally.count('packet arrived') < tally.count('packet granted') ? 'the sale; money arrives' : 'the sale';
  }
}
