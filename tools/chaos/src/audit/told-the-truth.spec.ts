import { type FoldEffect, type Pool } from '@floodgate/domain/inventory';
import { fen } from '@floodgate/kernel';
import { type Told } from '../load/told';
import { checkTold, type FoldedRecord } from './told-the-truth';

const POOL: Pool = {
  campaignId: 'c',
  poolId: 'goods',
  stock: 10,
  shards: 1,
  strategy: 'memory',
  settlement: 'order',
  packets: undefined,
  price: { priceFen: fen(100), payWithinMs: 1 },
  opensAtMs: 0,
  closesAtMs: 1,
};

const told = (outcome: string, more: Partial<Told> = {}): Told => ({
  atMs: 10,
  askedAtMs: 5,
  how: 'grab',
  userId: 'u',
  poolId: 'goods',
  grabId: 'g',
  qualificationId: '',
  outcome,
  unitNo: 3,
  amountFen: 100,
  heldGrabId: 'g',
  ...more,
});

const holding = { userId: 'u', grabId: 'g', unitNo: 3, generation: 0, qualificationId: '' };
const record = (...effects: FoldEffect[]): FoldedRecord => ({
  entry: { shard: { campaignId: 'c', poolId: 'goods', shardNo: 0 } },
  effects,
});
const GRANT = record({ kind: 'granted', holding, index: 0 });
const END = record({ kind: 'ended', holding, toStock: true, causationId: '' });

const wrong = (lines: readonly Told[], log: readonly FoldedRecord[]) => checkTold(lines, log, () => POOL).toString();

describe('checkTold', () => {
  it.each([
    ['a grant that the log has', [told('GRANTED')], [GRANT]],
    ['a grant that was ended since', [told('GRANTED'), told('GRAB_ENDED')], [GRANT, END]],
    ['another grab of the same person', [told('ALREADY_GRANTED', { grabId: 'g2' })], [GRANT]],
    ['an answer that overtook the grant', [told('GRANTED'), told('UNKNOWN_GRAB', { askedAtMs: 9 })], [GRANT]],
    ['waiting', [told('WAIT'), told('SOLD_OUT_FOR_NOW')], []],
  ])('finds nothing wrong with %s', (_, lines, log) => {
    expect(wrong(lines, log)).toBe('0 wrong: ');
  });

  it.each([
    ['a grant that the log has not', [told('GRANTED')], [], 'the log never granted'],
    ['another unit', [told('GRANTED', { unitNo: 4 })], [GRANT], 'the log says 3'],
    ['another amount', [told('GRANTED', { amountFen: 7 })], [GRANT], '7 fen'],
    ['a grab that holds its unit', [told('GRAB_ENDED')], [GRANT], 'did not end it'],
    [
      'a result that is hidden later',
      [told('GRANTED'), told('SOLD_OUT', { askedAtMs: 11 })],
      [GRANT],
      'told GRANTED at',
    ],
    ['an answer beyond the list', [told('INTERNAL')], [], 'closed list'],
  ])('finds %s', (_, lines, log, sentence) => {
    expect(wrong(lines, log)).toContain(sentence);
  });
});
