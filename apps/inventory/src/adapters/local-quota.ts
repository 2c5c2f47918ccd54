import {
  type Admission,
  type CacheChange,
  type OpenProposal,
  type PresentLoad,
  type Proposal,
  type ProposeItem,
  type ShardId,
  shardKey,
  type ShardSnapshot,
} from '@floodgate/domain/inventory';

/** What decides every proposal, and can be asked how much there is. */
export interface CentralAdmission extends Admission {
  /** Units that can be offered now, or a little more. */
  freeCount(shard: ShardId, loadId: string): Promise<number | 'lost'>;
}

export interface LocalQuotaOptions {
  /** How much more than its share an instance lets in, as a share of it: covers what instances hold that die. */
  readonly buffer: number;
  /** Instances that serve one shard at the same time; each lets in its share. */
  readonly instances: number;
  /** After a refill that found nothing, nobody asks the centre for this time. */
  readonly emptyForMs: number;
}

interface Quota {
  readonly loadId: string;
  /** Users whom the centre has something for through this instance: asking again costs no quota and gets the same answer. */
  readonly known: Set<string>;
  /** Proposals this instance may still let through; shares of units that came back add up. */
  left: number;
  emptyUntilMs: number;
  refill: Promise<'ok' | 'lost'> | undefined;
}

/**
 * The strategy *local quota*: this instance's own quota of a shard admits first, and only what it admits reaches the centre, which
 * decides. A spent quota is refilled from what the centre has free, by one question at a time; while that is nothing, everybody
 * is answered here. So the centre is asked for little more than there are units, however many people come.
 */
export class LocalQuotaAdmission implements Admission {
  private readonly quotas = new Map<string, Quota>();

  constructor(
    private readonly central: CentralAdmission,
    private readonly options: LocalQuotaOptions,
  ) {}

  async propose(
    shard: ShardId,
    loadId: string,
    nowMs: number,
    items: readonly ProposeItem[],
  ): Promise<readonly Proposal[] | 'lost'> {
    const quota = this.quotaOf(shard, loadId);
    const isAdmitted = items.map((item) => admit(quota, item));
    if (isAdmitted.includes(false)) {
      if ((await this.refill(shard, quota, nowMs)) === 'lost') return 'lost';
      items.forEach((item, index) => (isAdmitted[index] ||= admit(quota, item)));
    }
    const admitted = items.filter((_, index) => isAdmitted[index]);
    if (admitted.length === 0) return items.map(() => NONE_FREE);
    const decided = await this.central.propose(shard, loadId, nowMs, admitted);
    if (decided === 'lost') return 'lost';
    decided.forEach((proposal, index) => this.settle(quota, admitted[index], proposal, nowMs));
    let next = 0;
    return isAdmitted.map((is) => (is ? decided[next++] : undefined) ?? NONE_FREE);
  }

  async apply(
    shard: ShardId,
    loadId: string,
    step: { readonly previousOffset: number; readonly offset: number },
    changes: readonly CacheChange[],
  ): Promise<'ok' | 'lost'> {
    const result = await this.central.apply(shard, loadId, step, changes);
    if (result === 'ok') {
      const gone = changes.flatMap((change) => (hasNothingNow(change) ? [change.userId] : []));
      this.giveQuota(shard, loadId, unitsBack(changes), gone);
    }
    return result;
  }

  async load(shard: ShardId, loadId: string, snapshot: ShardSnapshot): Promise<'ok' | 'lost'> {
    const result = await this.central.load(shard, loadId, snapshot);
    if (result === 'ok') {
      const free = snapshot.free.reduce((sum, { from, to }) => sum + to - from, 0);
      this.quotaOf(shard, loadId).left = this.shareOf(free);
    }
    return result;
  }

  present(shard: ShardId): Promise<PresentLoad | undefined> {
    return this.central.present(shard);
  }

  overdue(shard: ShardId, loadId: string, beforeMs: number): Promise<readonly OpenProposal[] | 'lost'> {
    return this.central.overdue(shard, loadId, beforeMs);
  }

  async giveBack(shard: ShardId, loadId: string, proposals: readonly OpenProposal[]): Promise<'ok' | 'lost'> {
    const result = await this.central.giveBack(shard, loadId, proposals);
    const gone = proposals.map(({ userId }) => userId);
    if (result === 'ok') this.giveQuota(shard, loadId, proposals.length, gone);
    return result;
  }

  place(shard: ShardId): Promise<string> {
    return this.central.place(shard);
  }

  /** A load that somebody else made begins without quota, so that the first proposal asks what is left. */
  private quotaOf(shard: ShardId, loadId: string): Quota {
    const key = shardKey(shard);
    const known = this.quotas.get(key);
    if (known?.loadId === loadId) return known;
    const quota: Quota = { loadId, known: new Set(), left: 0, emptyUntilMs: -Infinity, refill: undefined };
    this.quotas.set(key, quota);
    return quota;
  }

  private shareOf(units: number): number {
    return Math.ceil((units * (1 + this.options.buffer)) / this.options.instances);
  }

  private refill(shard: ShardId, quota: Quota, nowMs: number): Promise<'ok' | 'lost'> {
    if (nowMs < quota.emptyUntilMs) return Promise.resolve('ok');
    quota.refill ??= this.askCentre(shard, quota, nowMs).finally(() => {
      quota.refill = undefined;
    });
    return quota.refill;
  }

  private async askCentre(shard: ShardId, quota: Quota, nowMs: number): Promise<'ok' | 'lost'> {
    const free = await this.central.freeCount(shard, quota.loadId);
    if (free === 'lost') return 'lost';
    if (free === 0) quota.emptyUntilMs = nowMs + this.options.emptyForMs;
    else quota.left = Math.max(quota.left, this.shareOf(free));
    return 'ok';
  }

  private settle(quota: Quota, item: ProposeItem | undefined, { kind }: Proposal, nowMs: number): void {
    if (kind !== 'none-free') return;
    if (item !== undefined) quota.known.delete(item.userId);
    quota.left = 0;
    quota.emptyUntilMs = nowMs + this.options.emptyForMs;
  }

  private giveQuota(shard: ShardId, loadId: string, units: number, gone: readonly string[]): void {
    const quota = this.quotas.get(shardKey(shard));
    if (quota?.loadId !== loadId) return;
    for (const userId of gone) quota.known.delete(userId);
    quota.left = Math.max(0, quota.left + (units * (1 + this.options.buffer)) / this.options.instances);
    if (units > 0) quota.emptyUntilMs = -Infinity;
  }
}

const NONE_FREE: Proposal = { kind: 'none-free' };

function admit(quota: Quota, { userId }: ProposeItem): boolean {
  if (quota.known.has(userId)) return true;
  if (quota.left < 1) return false;
  quota.left--;
  quota.known.add(userId);
  return true;
}

type UserChange = Exclude<CacheChange, { kind: 'added' | 'removed' }>;

/** True when the user may ask for a unit like anybody else. One who still has something is only asked for at the price of quota. */
function hasNothingNow(change: CacheChange): change is UserChange {
  return change.kind === 'refused' || change.kind === 'voided' || change.kind === 'ended';
}

/** Units that changes bring back into the shard; below 0 when they take some away. */
function unitsBack(changes: readonly CacheChange[]): number {
  let units = 0;
  for (const change of changes) {
    switch (change.kind) {
      case 'ended':
      case 'voided':
        units++;
        break;
      case 'refused':
        if (change.unitFree) units++;
        break;
      case 'added':
        units += change.range.to - change.range.from;
        break;
      case 'removed':
        units -= change.range.to - change.range.from;
        break;
      case 'granted':
        break;
    }
  }
  return units;
}
