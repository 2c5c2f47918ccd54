import { execute, insertRows, placeholders, selectRows, type Sql } from '@floodgate/adapters/mysql';

export interface DrawCredit {
  readonly completionId: string;
  readonly campaignId: string;
  readonly userId: string;
  readonly draws: number;
}

interface Earned {
  readonly campaignId: string;
  readonly userId: string;
  draws: number;
}

/** Adds what tasks earned to the users' balances. Each completion counts once, however often it is told. */
export async function addDrawCredits(tx: Sql, credits: readonly DrawCredit[]): Promise<void> {
  const fresh = new Map(credits.map((credit) => [credit.completionId, credit]));
  if (fresh.size === 0) return;
  const ids = [...fresh.keys()];
  const counted = await selectRows<{ completionId: string }>(
    tx,
    `SELECT completion_id AS completionId FROM draw_credits WHERE completion_id IN (${placeholders(ids)})`,
    ids,
  );
  for (const { completionId } of counted) fresh.delete(completionId);
  if (fresh.size === 0) return;
  const added = [...fresh.values()];
  await insertRows(
    tx,
    'draw_credits',
    ['completion_id', 'campaign_id', 'user_id', 'draws'],
    added.map(({ completionId, campaignId, userId, draws }) => [completionId, campaignId, userId, draws]),
  );
  const earned = sumByUser(added);
  await execute(
    tx,
    `INSERT INTO draw_balances (campaign_id, user_id, earned)
     VALUES ${earned.map(() => '(?, ?, ?)').join(', ')}
     ON DUPLICATE KEY UPDATE earned = earned + VALUES(earned)`,
    earned.flatMap(({ campaignId, userId, draws }) => [campaignId, userId, draws]),
  );
}

// Sorted, so that two batches lock the users they share in one order.
function sumByUser(credits: readonly DrawCredit[]): Earned[] {
  const sums = new Map<string, Earned>();
  for (const { campaignId, userId, draws } of credits) {
    const key = `${campaignId}/${userId}`;
    const sum = sums.get(key);
    if (sum) sum.draws += draws;
    else sums.set(key, { campaignId, userId, draws });
  }
  return [...sums].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, sum]) => sum);
}
