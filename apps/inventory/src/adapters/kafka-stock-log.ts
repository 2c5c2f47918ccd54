import { setTimeout as sleep } from 'node:timers/promises';
import { type EventPublisher, type Log, type RawMessage } from '@floodgate/adapters/kafka';
import { encodeRecord } from '@floodgate/adapters/stock-log';
import { TOPICS } from '@floodgate/contracts';
import {
  type Grant,
  partitionOf,
  type ShardId,
  shardKey,
  type StockLog,
  type StockRecord,
} from '@floodgate/domain/inventory';
import { type Clock } from '@floodgate/kernel';

interface PendingGrants {
  readonly shard: ShardId;
  readonly grants: Grant[];
}

/**
 * When so many grants came while a send was under way, the next send waits for more: it costs the same however many ride in it. It waits
 * as long as the last one took, so that a machine too busy to be quick spends less of itself on sends.
 */
const GATHER_FROM = 8;
const GATHER_MS_MIN = 5;
const GATHER_MS_MAX = 20;
const GRANTS_PER_RECORD_MAX = 500;

/**
 * Appends to the stock log, acks=all, to the shard's own partition. Grants that come while a send is under way ride
 * together in the next, one record a shard. A send that fails or whose answer is lost is sent again until it is acknowledged: the same
 * grant twice in the log is one grant to the fold.
 */
export class KafkaStockLog implements StockLog {
  private pending = new Map<string, PendingGrants>();
  private sending = false;
  private stopping = false;
  private readonly idle: (() => void)[] = [];

  constructor(
    private readonly publisher: EventPublisher,
    private readonly clock: Clock,
    private readonly partitions: number,
    private readonly log: Pick<Log, 'error'>,
    private readonly topic = TOPICS.stockLog,
  ) {}

  propose(shard: ShardId, grant: Grant): void {
    const key = shardKey(shard);
    const entry = this.pending.get(key);
    if (entry) entry.grants.push(grant);
    else this.pending.set(key, { shard, grants: [grant] });
    if (this.sending) return;
    this.sending = true;
    queueMicrotask(() => void this.drain());
  }

  /** Appends records in one send. Rejects when the log could not be reached; whether any is in it is then unknown. */
  async append(records: readonly { readonly shard: ShardId; readonly record: StockRecord }[]): Promise<void> {
    await this.publisher.sendRaw(records.map(({ shard, record }) => this.message(shard, record)));
  }

  /** Resolves when every proposed grant is acknowledged, or after the attempt in hand when the log is away. */
  async stop(): Promise<void> {
    this.stopping = true;
    if (this.sending) await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  private async drain(): Promise<void> {
    while (this.pending.size > 0) {
      const batch = [...this.pending.values()];
      this.pending = new Map();
      const messages = batch.flatMap(({ shard, grants }) =>
        chunks(grants, GRANTS_PER_RECORD_MAX).map((part) => this.message(shard, { kind: 'granted', grants: part })),
      );
      const sentAt = performance.now();
      if (!(await this.sendUntilAcknowledged(messages))) break;
      const tookMs = performance.now() - sentAt;
      const waiting = [...this.pending.values()].reduce((sum, { grants }) => sum + grants.length, 0);
      if (waiting >= GATHER_FROM) await sleep(Math.min(Math.max(tookMs, GATHER_MS_MIN), GATHER_MS_MAX));
    }
    this.sending = false;
    this.idle.splice(0).forEach((resolve) => resolve());
  }

  private async sendUntilAcknowledged(messages: RawMessage[]): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.publisher.sendRaw(messages);
        return true;
      } catch (err) {
        this.log.error({ err, attempt, records: messages.length }, 'stock log does not acknowledge, trying again');
        if (this.stopping) return false;
        await sleep(Math.min(2_000, 50 * 2 ** attempt));
      }
    }
  }

  private message(shard: ShardId, record: StockRecord): RawMessage {
    const message = encodeRecord({ shard, writtenAtMs: this.clock.nowMs(), record });
    return {
      topic: this.topic.name,
      key: shardKey(shard),
      value: JSON.stringify(this.topic.codec.toJSON(message)),
      partition: partitionOf(shard, this.partitions),
    };
  }
}

function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  );
}
