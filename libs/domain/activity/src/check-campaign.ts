import { HEX_32_PATTERN } from '@floodgate/domain/packets';
import { isId } from '@floodgate/kernel';
import {
  type CampaignSpec,
  type CardSpec,
  hasPackets,
  type PacketSpec,
  type PoolSpec,
  qualifyingPool,
  type TaskSpec,
  type Timeline,
} from './campaign';
import { LIMITS } from './campaign-limits';

export interface Violation {
  /** A path into the spec, such as `pools.0.stock`. */
  readonly field: string;
  readonly reason: string;
}

type Violations = Generator<Violation, void, undefined>;

/** The first thing wrong with a campaign; undefined when it may be stored and, in time, published. */
export function checkCampaign(campaign: CampaignSpec): Violation | undefined {
  const first = violationsOf(campaign).next();
  return first.done === true ? undefined : first.value;
}

function* violationsOf(campaign: CampaignSpec): Violations {
  yield* checkId('campaignId', campaign.campaignId);
  yield* checkText('titleZh', campaign.titleZh, LIMITS.titleChars);
  yield* checkText('titleEn', campaign.titleEn, LIMITS.titleChars);
  yield* checkTimeline(campaign);
  yield* checkCards(campaign);
  yield* checkTasks(campaign);
  yield* checkPools(campaign);
  yield* checkAuthorCommitment(campaign);
}

function* checkTimeline({ kind, timeline }: CampaignSpec): Violations {
  const order = kind === 'CARD_SPLIT' ? SPLIT_ORDER : SALE_ORDER;
  for (const name of ['qualifyUntilMs', 'splitAtMs'] as const) {
    if (kind === 'TIMED_SALE' && timeline[name] !== undefined) {
      yield { field: `timeline.${name}`, reason: 'only a card split has one' };
    }
  }
  for (const { name } of order) yield* checkWhole(`timeline.${name}`, timeline[name], 1, LIMITS.instantMs);
  yield* checkOrder(timeline, order);
}

interface Moment {
  readonly name: keyof Timeline;
  /** True when the moment before must lie strictly earlier. */
  readonly strictly?: boolean;
}

const SPLIT_ORDER: readonly Moment[] = [
  { name: 'warmUpAtMs' },
  { name: 'opensAtMs' },
  { name: 'qualifyUntilMs' },
  { name: 'splitAtMs' },
  { name: 'closesAtMs', strictly: true },
  { name: 'settleByMs' },
];

const SALE_ORDER: readonly Moment[] = [
  { name: 'warmUpAtMs' },
  { name: 'opensAtMs' },
  { name: 'closesAtMs', strictly: true },
  { name: 'settleByMs' },
];

function* checkOrder(timeline: Timeline, order: readonly Moment[]): Violations {
  for (const [index, moment] of order.entries()) {
    const previous = order[index - 1];
    if (previous === undefined) continue;
    const gapMs = (timeline[moment.name] ?? 0) - (timeline[previous.name] ?? 0);
    if (gapMs < 0 || (gapMs === 0 && moment.strictly === true)) {
      const how = moment.strictly === true ? 'must be after' : 'must not be before';
      yield { field: `timeline.${moment.name}`, reason: `${how} ${previous.name}` };
    }
  }
}

function* checkCards({ kind, cards }: CampaignSpec): Violations {
  yield* checkCount('cards', cards, kind === 'CARD_SPLIT', LIMITS.cards);
  yield* checkUnique('cards', 'cardId', cards, (card: CardSpec) => card.cardId);
  for (const [index, card] of cards.entries()) {
    yield* checkText(`cards.${index}.nameZh`, card.nameZh, LIMITS.nameChars);
    yield* checkText(`cards.${index}.nameEn`, card.nameEn, LIMITS.nameChars);
    yield* checkWhole(`cards.${index}.weight`, card.weight, 1, LIMITS.weight);
    yield* checkWhole(`cards.${index}.budget`, card.budget, 1, LIMITS.budget);
  }
}

function* checkTasks({ kind, tasks }: CampaignSpec): Violations {
  yield* checkCount('tasks', tasks, kind === 'CARD_SPLIT', LIMITS.tasks);
  yield* checkUnique('tasks', 'taskId', tasks, (task: TaskSpec) => task.taskId);
  for (const [index, task] of tasks.entries()) {
    yield* checkText(`tasks.${index}.nameZh`, task.nameZh, LIMITS.nameChars);
    yield* checkText(`tasks.${index}.nameEn`, task.nameEn, LIMITS.nameChars);
    yield* checkWhole(`tasks.${index}.draws`, task.draws, 1, LIMITS.draws);
  }
}

function* checkPools(campaign: CampaignSpec): Violations {
  const { kind, pools } = campaign;
  yield* checkCount('pools', pools, true, LIMITS.pools);
  yield* checkUnique('pools', 'poolId', pools, (pool: PoolSpec) => pool.poolId);
  for (const [index, pool] of pools.entries()) {
    if (pool.sharePerQualified) yield* checkShares(`pools.${index}`, pool, campaign);
    else yield* checkStock(`pools.${index}`, pool);
    yield* checkPool(`pools.${index}`, pool, pool.sharePerQualified ? sharesMax(campaign) : pool.stock);
  }
  if (kind === 'CARD_SPLIT' && !pools.some((pool) => pool.settlement === 'PAYOUT')) {
    yield { field: 'pools', reason: 'a card split needs a pool that pays out' };
  }
  for (const [index, pool] of pools.entries()) {
    if (kind === 'TIMED_SALE' && pool.settlement !== 'ORDER') {
      yield { field: `pools.${index}.settlement`, reason: 'every pool of a sale leads to an order' };
    }
  }
}

function* checkStock(field: string, { stock, shards }: PoolSpec): Violations {
  yield* checkWhole(`${field}.stock`, stock, 1, LIMITS.stock);
  if (shards > stock) yield { field: `${field}.shards`, reason: 'must not exceed stock' };
}

/** A pool of one share for everyone qualified: its units are counted later, so what it says must suit any number that can come. */
function* checkShares(field: string, pool: PoolSpec, campaign: CampaignSpec): Violations {
  const { qualifyUntilMs = 0, splitAtMs = 0 } = campaign.timeline;
  if (qualifyingPool(campaign) !== pool) {
    yield { field: `${field}.sharePerQualified`, reason: 'people qualify for the first pool that pays out' };
  }
  if (pool.stock !== 0) yield { field: `${field}.stock`, reason: 'is counted at qualifyUntil, so it must be 0' };
  if (pool.packets?.mode === 'LEVELS') {
    yield { field: `${field}.packets.mode`, reason: 'levels need a number of units that is known before' };
  }
  if (splitAtMs - qualifyUntilMs < LIMITS.countingMsMin) {
    yield { field: 'timeline.splitAtMs', reason: `must be ${LIMITS.countingMsMin} ms after qualifyUntilMs` };
  }
}

/** Everyone who qualifies has used up one of each card. */
function sharesMax({ cards }: CampaignSpec): number {
  return Math.min(LIMITS.stock, ...cards.map(({ budget }) => budget));
}

function* checkAuthorCommitment(campaign: CampaignSpec): Violations {
  const field = 'authorCommitment';
  if (!hasPackets(campaign)) {
    if (campaign.authorCommitment !== undefined) yield { field, reason: 'only a campaign with packets has one' };
  } else if (!HEX_32_PATTERN.test(campaign.authorCommitment ?? '')) {
    yield { field, reason: "must be the SHA-256 of the author's secret, 64 hex digits" };
  }
}

/** `units`: how many there are, or may come to be. */
function* checkPool(field: string, pool: PoolSpec, units: number): Violations {
  yield* checkWhole(`${field}.shards`, pool.shards, 1, LIMITS.shards);
  switch (pool.settlement) {
    case 'PAYOUT':
      if (pool.price !== undefined) yield { field: `${field}.price`, reason: 'a pool that pays out has no price' };
      if (pool.packets === undefined) yield { field: `${field}.packets`, reason: 'a pool that pays out needs packets' };
      else yield* checkPackets(`${field}.packets`, pool, pool.packets, units);
      return;
    case 'ORDER':
      if (pool.packets !== undefined) yield { field: `${field}.packets`, reason: 'a pool on sale has no packets' };
      if (pool.price === undefined) yield { field: `${field}.price`, reason: 'a pool on sale needs a price' };
      else {
        yield* checkWhole(`${field}.price.priceFen`, pool.price.priceFen, 1, LIMITS.amountFen);
        yield* checkWhole(
          `${field}.price.payWithinMs`,
          pool.price.payWithinMs,
          LIMITS.payWithinMsMin,
          LIMITS.payWithinMs,
        );
      }
  }
}

function* checkPackets(field: string, pool: PoolSpec, packets: PacketSpec, units: number): Violations {
  const { mode, totalFen, minFen, maxFen, levels } = packets;
  yield* checkWhole(`${field}.totalFen`, totalFen, 1, LIMITS.amountFen);
  if (totalFen < units) yield { field: `${field}.totalFen`, reason: 'must give every unit at least one fen' };
  if (mode === 'LEVELS') yield* checkLevels(field, packets, units);
  else if (levels.length > 0) yield { field: `${field}.levels`, reason: 'only mode LEVELS has them' };
  if (mode !== 'RANDOM' && minFen === 0 && maxFen === 0) return;
  if (mode === 'LEVELS') yield { field: `${field}.minFen`, reason: 'mode LEVELS has no bounds' };
  yield* checkWhole(`${field}.minFen`, minFen, 1, LIMITS.amountFen);
  yield* checkWhole(`${field}.maxFen`, maxFen, minFen, LIMITS.amountFen);
  // A product past 2^53 is rounded, but then it is far above any total that is allowed.
  if (minFen * units > totalFen) yield { field: `${field}.totalFen`, reason: 'is less than minFen for every unit' };
  // Of shares, what is more than maxFen for everyone stays in the pool.
  if (maxFen * units < totalFen && !pool.sharePerQualified) {
    yield { field: `${field}.totalFen`, reason: 'is more than maxFen for every unit' };
  }
}

function* checkLevels(field: string, { levels, totalFen }: PacketSpec, units: number): Violations {
  if (levels.length < 1 || levels.length > LIMITS.levels) {
    yield { field: `${field}.levels`, reason: `must have 1 to ${LIMITS.levels} entries` };
  }
  let count = 0;
  let sumFen = 0;
  for (const [index, level] of levels.entries()) {
    yield* checkWhole(`${field}.levels.${index}.amountFen`, level.amountFen, 1, totalFen);
    yield* checkWhole(`${field}.levels.${index}.count`, level.count, 1, units);
    count += level.count;
    sumFen += level.amountFen * level.count;
  }
  if (count !== units) yield { field: `${field}.levels`, reason: `have ${count} packets for ${units} units` };
  // A sum past 2^53 is rounded, but then it is far above any total that is allowed.
  if (sumFen !== totalFen) yield { field: `${field}.levels`, reason: `sum to ${sumFen} fen instead of ${totalFen}` };
}

function* checkId(field: string, value: string): Violations {
  if (!isId(value)) yield { field, reason: 'must be 1 to 64 letters, digits, _ or -, not starting with _ or -' };
}

function* checkText(field: string, value: string, charsMax: number): Violations {
  const chars = [...value.trim()].length;
  if (chars < 1 || chars > charsMax) yield { field, reason: `must have 1 to ${charsMax} characters` };
}

function* checkWhole(field: string, value: number | undefined, min: number, max: number): Violations {
  if (value === undefined || !Number.isSafeInteger(value) || value < min || value > max) {
    yield { field, reason: `must be a whole number from ${min} to ${max}` };
  }
}

function* checkCount(field: string, list: readonly unknown[], wanted: boolean, max: number): Violations {
  if (wanted && (list.length < 1 || list.length > max)) yield { field, reason: `must have 1 to ${max} entries` };
  if (!wanted && list.length > 0) yield { field, reason: 'only a card split has them' };
}

function* checkUnique<T>(field: string, idName: string, list: readonly T[], idOf: (item: T) => string): Violations {
  const seen = new Set<string>();
  for (const [index, item] of list.entries()) {
    const id = idOf(item);
    yield* checkId(`${field}.${index}.${idName}`, id);
    if (seen.has(id)) yield { field: `${field}.${index}.${idName}`, reason: 'is used twice' };
    seen.add(id);
  }
}
