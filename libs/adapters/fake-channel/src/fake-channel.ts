import { setTimeout as sleep } from 'node:timers/promises';
import { execute, inTransaction, insertRows, isDuplicateKey, selectRows } from '@floodgate/adapters/mysql';
import { type ChannelAnswer, type ChannelState, type Fen } from '@floodgate/kernel';
import { type DataSource, type EntityManager } from 'typeorm';
import { type ChannelFaults, fails, losesAnswer, losesRequest, NO_FAULTS } from './channel-faults';

/** PAY to a user, COLLECT from a user, REFUND to a user what was collected. */
type Direction = 'PAY' | 'COLLECT' | 'REFUND';
/** CLOSED: it was not done and never will be. */
type EntryState = 'DONE' | 'FAILED' | 'CLOSED';

interface Movement {
  readonly number: string;
  readonly direction: Direction;
  readonly userId: string;
  readonly amountFen: Fen;
}

interface Entry {
  readonly direction: Direction;
  readonly userId: string;
  readonly amountFen: number;
  readonly state: EntryState;
  readonly attempts: number;
}

interface ChannelLog {
  error(fields: object, message: string): void;
}

/**
 * Stands for the outside system that moves money, with a database of its own as its statement. Like a real one it knows
 * each number once: a number that is done answers success for ever, one that failed may be tried again, one that is closed
 * stays closed. It never throws: trouble of its own is `unknown` to the caller. Development profile only.
 */
export class FakeChannel {
  private readonly lostRequests = new Set<string>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly log: ChannelLog,
    private readonly faults: ChannelFaults = NO_FAULTS,
  ) {}

  pay(number: string, userId: string, amountFen: Fen): Promise<ChannelAnswer> {
    return this.move({ number, direction: 'PAY', userId, amountFen });
  }

  collect(number: string, userId: string, amountFen: Fen): Promise<ChannelAnswer> {
    return this.move({ number, direction: 'COLLECT', userId, amountFen });
  }

  refund(number: string, userId: string, amountFen: Fen): Promise<ChannelAnswer> {
    return this.move({ number, direction: 'REFUND', userId, amountFen });
  }

  /** Makes sure that nothing will ever be collected under this number. `success`: too late, it was collected. */
  async close(number: string, userId: string, amountFen: Fen): Promise<'closed' | 'success' | 'unknown'> {
    return this.answer({ number, direction: 'COLLECT', userId, amountFen }, async (tx, movement) => {
      const entry = await lockEntry(tx, movement);
      if (entry === undefined) await insertEntry(tx, movement, 'CLOSED');
      else if (entry.state === 'FAILED') await updateEntry(tx, number, 'CLOSED', entry.attempts);
      return entry?.state === 'DONE' ? 'success' : 'closed';
    });
  }

  async query(number: string): Promise<ChannelState> {
    try {
      await sleep(this.faults.latencyMs);
      const [entry] = await selectRows<Entry>(this.dataSource, 'SELECT state FROM channel_entries WHERE number = ?', [
        number,
      ]);
      if (entry === undefined) return 'not-found';
      return entry.state === 'DONE' ? 'success' : 'failure';
    } catch (err) {
      this.log.error({ err, number }, 'fake channel: query failed');
      return 'unknown';
    }
  }

  private async move(movement: Movement): Promise<ChannelAnswer> {
    if (losesRequest(this.faults, movement.number) && !this.lostRequests.has(movement.number)) {
      this.lostRequests.add(movement.number);
      return 'unknown';
    }
    return this.answer(movement, async (tx) => {
      const entry = await lockEntry(tx, movement);
      if (entry?.state === 'DONE') return 'success';
      if (entry?.state === 'CLOSED') return 'failure';
      const attempt = (entry?.attempts ?? 0) + 1;
      const state = fails(this.faults, movement.number, attempt) ? 'FAILED' : 'DONE';
      if (entry === undefined) await insertEntry(tx, movement, state);
      else await updateEntry(tx, movement.number, state, attempt);
      if (state === 'FAILED') return 'failure';
      return losesAnswer(this.faults, movement.number) ? 'unknown' : 'success';
    });
  }

  private async answer<A>(
    movement: Movement,
    work: (tx: EntityManager, movement: Movement) => Promise<A>,
  ): Promise<A | 'unknown'> {
    try {
      await sleep(this.faults.latencyMs);
      return await this.withEntry(movement, work);
    } catch (err) {
      this.log.error({ err, number: movement.number, direction: movement.direction }, 'fake channel: request failed');
      return 'unknown';
    }
  }

  /** A second request for a new number, at the same time, meets the first one's row when it starts over. */
  private async withEntry<A>(
    movement: Movement,
    work: (tx: EntityManager, movement: Movement) => Promise<A>,
  ): Promise<A> {
    const run = () => inTransaction(this.dataSource, (tx) => work(tx, movement), 'READ COMMITTED');
    try {
      return await run();
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      return run();
    }
  }
}

/** Throws when the number is in use for another movement: that is the caller's mistake, and nothing moves. */
async function lockEntry(tx: EntityManager, movement: Movement): Promise<Entry | undefined> {
  const [entry] = await selectRows<Entry>(
    tx,
    `SELECT direction, user_id AS userId, amount_fen AS amountFen, state, attempts
     FROM channel_entries WHERE number = ? FOR UPDATE`,
    [movement.number],
  );
  if (entry === undefined) return undefined;
  const same =
    entry.direction === movement.direction &&
    entry.userId === movement.userId &&
    Number(entry.amountFen) === movement.amountFen;
  if (!same) throw new Error(`number ${movement.number} is in use for another movement`);
  return entry;
}

async function insertEntry(tx: EntityManager, movement: Movement, state: EntryState): Promise<void> {
  const [row] = await selectRows<{ nowMs: number }>(
    tx,
    'SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS UNSIGNED) AS nowMs',
  );
  await insertRows(
    tx,
    'channel_entries',
    ['number', 'direction', 'user_id', 'amount_fen', 'state', 'attempts', 'created_at_ms'],
    [[movement.number, movement.direction, movement.userId, movement.amountFen, state, 1, Number(row?.nowMs)]],
  );
}

async function updateEntry(tx: EntityManager, number: string, state: EntryState, attempts: number): Promise<void> {
  await execute(tx, 'UPDATE channel_entries SET state = ?, attempts = ? WHERE number = ?', [state, attempts, number]);
}
