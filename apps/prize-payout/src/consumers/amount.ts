import { PoisonMessage } from '@floodgate/adapters/kafka';
import { fen, type Fen } from '@floodgate/kernel';

/** An amount of an event, at least `minFen`. Throws PoisonMessage: no second delivery makes it one. */
export function amountOf(text: string, minFen: number, eventId: string): Fen {
  const amount = /^\d{1,15}$/.test(text) ? fen(text) : undefined;
  if (amount === undefined || amount < minFen) throw new PoisonMessage(`event ${eventId} has no sound amount`);
  return amount;
}
