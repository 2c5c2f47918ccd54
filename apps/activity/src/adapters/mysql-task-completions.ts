import { enqueueEvents } from '@floodgate/adapters/kafka';
import { insertRows, inTransaction, isDuplicateKey, selectRows } from '@floodgate/adapters/mysql';
import { type TaskCompletion, type TaskCompletions } from '@floodgate/domain/activity';
import { type IdSource } from '@floodgate/kernel';
import { type DataSource } from 'typeorm';
import { type ActivityStreams } from '../streams';

export class MysqlTaskCompletions implements TaskCompletions {
  constructor(
    private readonly dataSource: DataSource,
    private readonly ids: IdSource,
    private readonly streams: ActivityStreams,
  ) {}

  async find(campaignId: string, userId: string, taskId: string): Promise<TaskCompletion | undefined> {
    const [row] = await selectRows<{ completionId: string; draws: number; completedAtMs: number }>(
      this.dataSource,
      `SELECT completion_id AS completionId, draws, completed_at_ms AS completedAtMs FROM task_completions
       WHERE campaign_id = ? AND user_id = ? AND task_id = ?`,
      [campaignId, userId, taskId],
    );
    return row && { campaignId, userId, taskId, ...row };
  }

  async add(completion: TaskCompletion): Promise<boolean> {
    try {
      await inTransaction(this.dataSource, async (tx) => {
        const { completionId, campaignId, userId, taskId, draws, completedAtMs } = completion;
        await insertRows(
          tx,
          'task_completions',
          ['completion_id', 'campaign_id', 'user_id', 'task_id', 'draws', 'completed_at_ms'],
          [[completionId, campaignId, userId, taskId, draws, completedAtMs]],
        );
        const message = {
          eventId: this.ids.next(),
          occurredAtMs: String(completedAtMs),
          campaignId,
          causationId: completionId,
          userId,
          taskId,
          completionId,
          draws,
        };
        await enqueueEvents(tx, this.streams.topics.taskCompleted, [{ key: userId, message }]);
      });
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  async count(campaignId: string, userId: string): Promise<number> {
    const [row] = await selectRows<{ completions: number }>(
      this.dataSource,
      'SELECT COUNT(*) AS completions FROM task_completions WHERE campaign_id = ? AND user_id = ?',
      [campaignId, userId],
    );
    return Number(row?.completions ?? 0);
  }
}
