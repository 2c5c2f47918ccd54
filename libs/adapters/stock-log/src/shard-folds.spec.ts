import { StockLogRecordV1 } from '@floodgate/contracts';
import {
  FOLD_VERSION,
  FoldStop,
  initialRange,
  MAP_VERSION,
  type Pool,
  type StockRecord,
} from '@floodgate/domain/inventory';
import { fen } from '@floodgate/kernel';
import { ShardFolds } from './shard-folds';
import { encodeRecord } from './stock-log-codec';

const pool: Pool = {
  campaignId: 'c',
  poolId: 'p',
  stock: 10,
  shards: 1,
  strategy: 'sharded-counters',
  settlement: 'order',
  packets: undefined,
  price: { priceFen: fen(990), payWithinMs: 1_000 },
  opensAtMs: 0,
  closesAtMs: 1_000,
};
const shard = { campaignId: 'c', poolId: 'p', shardNo: 0 };
const created: StockRecord = {
  kind: 'created',
  foldVersion: FOLD_VERSION,
  mapVersion: MAP_VERSION,
  pool,
  range: initialRange(pool, 0),
};

const valueOf = (record: StockRecord) =>
  Buffer.from(JSON.stringify(StockLogRecordV1.toJSON(encodeRecord({ shard, writtenAtMs: 1, record }))));
const message = (offset: number, value: Buffer | null) => ({ offset: String(offset), value });

describe('the folds of a partition', () => {
  it.each([
    ['no JSON', '{"campaignId": "c", '],
    ['nothing', ''],
    ['JSON that names no shard', '[1]'],
    [
      'a record with a value of another kind',
      '{"campaignId": "c", "poolId": "p", "created": {"pool": {"strategy": {}}}}',
    ],
  ])('stop at %s, and are read on from there', (_, value) => {
    const folds = new ShardFolds();
    folds.take(3, message(0, valueOf(created)));
    expect(() => folds.take(3, message(1, Buffer.from(value)))).toThrow(FoldStop);
    expect(() => folds.take(3, message(1, Buffer.from(value)))).toThrow(/3:1/);
    expect(folds.nextOffset(3)).toBe(1);
    expect(folds.shard(shard)?.free.size).toBe(10);
  });
});
