const SHARE = 0.99;
const WINDOW = 5;
const BUCKET_MS = 100;

/**
 * How long after `endedAtMs` it took until, from then on, at least 99 of 100 requests were served again, counted over half seconds. Both lists by the 100 ms in
 * which requests were due. Infinity when it never was so.
 */
export function recoveryMs(dueBy100Ms: readonly number[], servedBy100Ms: readonly number[], endedAtMs: number): number {
  const first = Math.ceil(endedAtMs / BUCKET_MS);
  const shareFrom = (from: number) => {
    const sum = (counts: readonly number[]) => counts.slice(from, from + WINDOW).reduce((all, count) => all + count, 0);
    return sum(servedBy100Ms) / sum(dueBy100Ms);
  };
  let recoveredAt = Infinity;
  for (let from = dueBy100Ms.length - WINDOW; from >= first && shareFrom(from) >= SHARE; from--) recoveredAt = from;
  return recoveredAt * BUCKET_MS - endedAtMs;
}
