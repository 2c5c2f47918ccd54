import { setTimeout as sleep } from 'node:timers/promises';
import { type Result } from '@floodgate/client';
import { isOutcome, OUTCOMES } from '@floodgate/kernel';

const ASK_AGAIN_MS = 1_000;

/**
 * What a person does who was told to look again later, or whom nobody answered: asks again after a while, with the same ids,
 * until the answer is final or `withinMs` are over. The client's own retries end much earlier.
 */
export async function keepAsking<T>(ask: () => Promise<Result<T>>, withinMs: number): Promise<Result<T>> {
  const giveUpAtMs = Date.now() + withinMs;
  for (;;) {
    const result = await ask();
    if (isFinal(result.outcome) || Date.now() + ASK_AGAIN_MS > giveUpAtMs) return result;
    await sleep(ASK_AGAIN_MS);
  }
}

/** An outcome of a server that says not to ask again; what only the client saw never does. */
export const isFinal = (outcome: string) => isOutcome(outcome) && OUTCOMES[outcome].retry === 'never';
