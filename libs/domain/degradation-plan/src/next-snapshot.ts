import { contentOf, type PlanSnapshot, SNAPSHOT_FORMAT } from './plan-snapshot';
import { type HashText, type PlanBook } from './ports';

/**
 * Puts a change into force. The version rises above the highest that any instance follows, so that followers take it even
 * when the store was restored to an older state.
 */
export async function putNext(
  book: PlanBook,
  hashText: HashText,
  current: PlanSnapshot,
  change: Pick<PlanSnapshot, 'planNo' | 'plan' | 'tiers'>,
  nowMs: number,
): Promise<PlanSnapshot> {
  const snapshot: PlanSnapshot = {
    format: SNAPSHOT_FORMAT,
    version: Math.max(current.version, await book.highestAcknowledged()) + 1,
    hash: hashText(contentOf(change)),
    issuedAtMs: nowMs,
    ...change,
  };
  await book.putCurrent(snapshot);
  return snapshot;
}
