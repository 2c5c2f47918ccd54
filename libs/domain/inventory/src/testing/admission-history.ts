import { type Admission, type CacheChange, type OpenProposal } from '../admission';
import { type ShardId } from '../pool';

/** One thing that happens; `pick` chooses among what it can happen to. */
export interface HistoryStep {
  readonly what: 'ask' | 'decide' | 'grant-elsewhere' | 'end' | 'lend' | 'take-back' | 'void' | 'give-back';
  readonly pick: number;
}

export const HISTORY_STEPS = [
  'ask',
  'decide',
  'grant-elsewhere',
  'end',
  'lend',
  'take-back',
  'void',
  'give-back',
] as const satisfies HistoryStep['what'][];

/**
 * A shard whose log decides as the fold does, with an admission cache beside it: proposals reach the log late and in any order,
 * other instances grant units this cache never proposed, units end, leave and come back.
 */
export class AdmissionHistory {
  readonly free = new Set<number>();
  private readonly holders = new Map<string, OpenProposal>();
  private readonly voided = new Set<string>();
  private inFlight: OpenProposal[] = [];
  private away: number[][] = [];
  private offset = 0;
  private names = 0;

  constructor(
    private readonly admission: Admission,
    private readonly shard: ShardId,
    private readonly units: number,
  ) {}

  async begin(): Promise<void> {
    for (let unit = 0; unit < this.units; unit++) this.free.add(unit);
    const snapshot = { offset: 0, free: [{ from: 0, to: this.units }], holders: [] };
    expect(await this.admission.load(this.shard, 'load', snapshot)).toBe('ok');
  }

  async step({ what, pick }: HistoryStep): Promise<void> {
    switch (what) {
      case 'ask':
        return this.ask(pick);
      case 'decide':
        return this.decide(this.inFlight.splice(pick % Math.max(1, this.inFlight.length), 1));
      case 'grant-elsewhere': {
        const unitNo = choose([...this.free], pick);
        const userId = `elsewhere${this.names++}`;
        return unitNo === undefined ? undefined : this.decide([{ userId, grabId: `g-${userId}`, unitNo }]);
      }
      case 'end':
        return this.end(choose([...this.holders.values()], pick));
      case 'lend':
        return this.lend(choose([...this.free], pick));
      case 'take-back':
        return this.takeBack(this.away.splice(pick % Math.max(1, this.away.length), 1));
      case 'void':
        return this.voidGrab(choose(this.inFlight, pick));
      case 'give-back':
        return this.giveBack(choose(this.inFlight, pick));
    }
  }

  /** Lets everything arrive in the log and come back that is away. */
  async quiesce(): Promise<void> {
    await this.decide(this.inFlight.splice(0));
    await this.takeBack(this.away.splice(0));
  }

  /** The units that as many new people are offered as there are free units, and one more. */
  async offered(): Promise<(number | string)[]> {
    const items = Array.from({ length: this.free.size + 1 }, (_, n) => ({ userId: `last${n}`, grabId: `g${n}` }));
    const proposals = await this.admission.propose(this.shard, 'load', 1, items);
    if (proposals === 'lost') return ['lost'];
    return proposals.map((proposal) => (proposal.kind === 'proposed' ? proposal.unitNo : proposal.kind));
  }

  private async ask(pick: number): Promise<void> {
    // Few people, so that some ask again.
    const userId = `u${pick % 5}`;
    const grabId = `g${this.names++}`;
    const proposals = await this.admission.propose(this.shard, 'load', 1, [{ userId, grabId }]);
    const [proposal] = proposals === 'lost' ? [] : proposals;
    if (proposal?.kind === 'proposed') this.inFlight.push({ userId, grabId, unitNo: proposal.unitNo });
  }

  private async decide(proposals: readonly OpenProposal[]): Promise<void> {
    const changes = proposals.map((proposal): CacheChange => {
      const { userId, grabId, unitNo } = proposal;
      if (this.voided.has(grabId) || this.holders.has(userId) || !this.free.has(unitNo)) {
        return { kind: 'refused', ...proposal, unitFree: this.free.has(unitNo) };
      }
      this.free.delete(unitNo);
      this.holders.set(userId, proposal);
      return { kind: 'granted', ...proposal };
    });
    if (changes.length > 0) await this.apply(...changes);
  }

  private async end(holder: OpenProposal | undefined): Promise<void> {
    if (holder === undefined) return;
    this.holders.delete(holder.userId);
    this.free.add(holder.unitNo);
    await this.apply({ kind: 'ended', ...holder });
  }

  private async lend(from: number | undefined): Promise<void> {
    if (from === undefined) return;
    const units = [from];
    while (units.length < 5 && this.free.has(from + units.length)) units.push(from + units.length);
    for (const unit of units) this.free.delete(unit);
    this.away.push(units);
    await this.apply({ kind: 'removed', range: { from, to: from + units.length } });
  }

  private async takeBack(ranges: readonly (readonly number[])[]): Promise<void> {
    for (const units of ranges) {
      const [from = 0] = units;
      for (const unit of units) this.free.add(unit);
      await this.apply({ kind: 'added', range: { from, to: from + units.length } });
    }
  }

  private async voidGrab(proposal: OpenProposal | undefined): Promise<void> {
    if (proposal === undefined || this.voided.has(proposal.grabId)) return;
    this.voided.add(proposal.grabId);
    await this.apply({ kind: 'voided', userId: proposal.userId, grabId: proposal.grabId });
  }

  private async giveBack(proposal: OpenProposal | undefined): Promise<void> {
    if (proposal === undefined || !this.free.has(proposal.unitNo)) return;
    await this.admission.giveBack(this.shard, 'load', [proposal]);
  }

  private async apply(...changes: CacheChange[]): Promise<void> {
    const step = { previousOffset: this.offset, offset: this.offset + 1 };
    this.offset++;
    expect(await this.admission.apply(this.shard, 'load', step, changes)).toBe('ok');
  }
}

function choose<T>(list: readonly T[], pick: number): T | undefined {
  return list[pick % Math.max(1, list.length)];
}
