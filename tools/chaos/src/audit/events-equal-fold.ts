import { type UnitGrantedV1, type UnitReleasedV1 } from '@floodgate/contracts';
import { type FoldEffect, type StockLogEntry } from '@floodgate/domain/inventory';
import { Differences } from '@floodgate/tools/audit';

interface Events {
  readonly granted: readonly UnitGrantedV1[];
  readonly released: readonly UnitReleasedV1[];
}

/**
 * unit-granted and unit-released say what the log has decided, and all of it: one event (perhaps several times) for each grant
 * and each end that counts, named by its place in the log.
 */
export function checkEvents(
  folded: readonly { readonly entry: StockLogEntry; readonly effects: readonly FoldEffect[] }[],
  { granted, released }: Events,
): Differences {
  const differences = new Differences();
  const expected = expectedEvents(folded);
  const found = new Set<string>();
  for (const event of [
    ...granted.map((one) => ({ id: `granted ${one.eventId}`, text: textOf(one) })),
    ...released.map((one) => ({ id: `released ${one.eventId}`, text: textOf(one) })),
  ]) {
    found.add(event.id);
    const text = expected.get(event.id);
    if (text === undefined) differences.add(`${event.id} (${event.text}) is not in the log`);
    else if (text !== event.text) differences.add(`${event.id} says ${event.text}, the log ${text}`);
  }
  for (const [id, text] of expected) if (!found.has(id)) differences.add(`${id} (${text}) was not published`);
  return differences;
}

function expectedEvents(
  folded: readonly { readonly entry: StockLogEntry; readonly effects: readonly FoldEffect[] }[],
): Map<string, string> {
  const expected = new Map<string, string>();
  for (const { entry, effects } of folded) {
    const { partition, offset, shard } = entry;
    for (const effect of effects) {
      if (effect.kind === 'granted') {
        expected.set(`granted ${partition}:${offset}:${effect.index}`, textOf({ ...shard, ...effect.holding }));
      } else if (effect.kind === 'ended') {
        expected.set(`released ${partition}:${offset}:0`, textOf({ ...shard, ...effect.holding }));
      }
    }
  }
  return expected;
}

interface Named {
  readonly poolId: string;
  readonly userId: string;
  readonly grabId: string;
  readonly unitNo: number;
  readonly generation: number;
}

const textOf = ({ poolId, userId, grabId, unitNo, generation }: Named): string =>
  `${poolId} unit ${unitNo}/${generation} ${userId} ${grabId}`;
