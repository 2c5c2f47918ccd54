import { setTimeout as sleep } from 'node:timers/promises';
import { KafkaJSError } from 'kafkajs';
import { type Log } from './kafka';

const GIVE_UP_AFTER_MS = 60_000;
const AGAIN_AFTER_MS = 500;

/**
 * For what a process asks Kafka at start: a broker that is away, or has no leaders yet, is waited for. What is wrong with what
 * it answers is thrown at once, and after a minute the last error is.
 */
export async function whenKafkaAnswers<T>(log: Pick<Log, 'warn'>, ask: () => Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + GIVE_UP_AFTER_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof KafkaJSError) || performance.now() > giveUpAt) throw error;
      log.warn({ reason: error.message }, 'waiting for Kafka');
      await sleep(AGAIN_AFTER_MS);
    }
  }
}
