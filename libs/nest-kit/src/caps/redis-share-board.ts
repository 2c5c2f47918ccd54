import { LuaScript, type RedisClient } from '@floodgate/adapters/redis';
import { type BoardReply, type Proposal } from './share-seat';
import { type ShareReport, type ShareTable } from './share-table';

/** Where instances tell each other what is asked of them, and find what each may use. Rejects when it is away. */
export interface ShareBoard {
  exchange(instanceId: string, report: Omit<ShareReport, 'round'>): Promise<BoardReply>;
  /** Makes a round's table, unless there is one; gives back the one there is. */
  propose(proposal: Proposal): Promise<ShareTable>;
}

const KEPT_ROUNDS = 120;

// The server's clock numbers the rounds, so that an instance whose own clock is wrong shares like any other. Where another server takes over, whose clock is
// behind, what is there of rounds to come would last until then: it goes too.
const EXCHANGE = new LuaScript(`
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
local round = math.floor(nowMs / ARGV[1])
redis.call('HSET', KEYS[1], ARGV[2], round .. ' ' .. ARGV[3])
local reports = redis.call('HGETALL', KEYS[1])
for i = 2, #reports, 2 do
  local told = tonumber(string.match(reports[i], '^%d+'))
  if told < round - ARGV[4] or told > round + 1 then redis.call('HDEL', KEYS[1], reports[i - 1]) end
end
local tables = redis.call('HMGET', KEYS[2], round, round + 1)
return { nowMs, reports, tables[1] or '', tables[2] or '' }
`);

const PROPOSE = new LuaScript(`
redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2])
for _, round in ipairs(redis.call('HKEYS', KEYS[1])) do
  if tonumber(round) < ARGV[1] - 2 or tonumber(round) > ARGV[1] + 1 then redis.call('HDEL', KEYS[1], round) end
end
return redis.call('HGET', KEYS[1], ARGV[1])
`);

export interface RedisShareBoardOptions {
  /** Instances that share a platform's caps have the same; its keys begin with it. */
  readonly group: string;
  readonly roundMs: number;
}

/** One hash of reports and one of tables; a few calls a second of each instance, none of them per request. */
export class RedisShareBoard implements ShareBoard {
  private readonly reportsKey: string;
  private readonly tablesKey: string;

  constructor(
    private readonly redis: RedisClient,
    private readonly options: RedisShareBoardOptions,
  ) {
    this.reportsKey = `caps:{${options.group}}:reports`;
    this.tablesKey = `caps:{${options.group}}:tables`;
  }

  async exchange(instanceId: string, report: Omit<ShareReport, 'round'>): Promise<BoardReply> {
    const args = [this.options.roundMs, instanceId, JSON.stringify(report), KEPT_ROUNDS];
    const answer = await EXCHANGE.run(this.redis, [this.reportsKey, this.tablesKey], args);
    const [nowMs, reports, current, next] = answer as [number, string[], string, string];
    return { nowMs, reports: reportsOf(reports), current: tableOf(current), next: tableOf(next) };
  }

  async propose({ round, table }: Proposal): Promise<ShareTable> {
    const kept = await PROPOSE.run(this.redis, [this.tablesKey], [round, JSON.stringify(table)]);
    return JSON.parse(kept as string) as ShareTable;
  }
}

/** Names and values in turn; a value is the round, a space and the report. */
function reportsOf(flat: readonly string[]): Map<string, ShareReport> {
  const reports = new Map<string, ShareReport>();
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const [id = '', text = ''] = flat.slice(i, i + 2);
    const space = text.indexOf(' ');
    const report = JSON.parse(text.slice(space + 1)) as Omit<ShareReport, 'round'>;
    reports.set(id, { ...report, round: Number(text.slice(0, space)) });
  }
  return reports;
}

const tableOf = (text: string) => (text === '' ? undefined : (JSON.parse(text) as ShareTable));
