import { monitorEventLoopDelay } from 'node:perf_hooks';
import { until } from './until';

/** A turn of the event loop that takes longer is none of the test's doing: the machine stood still. */
const STANDSTILL_MS = 250;
const RESOLUTION_MS = 10;
const NS_PER_MS = 1e6;

/**
 * What `attempt` comes to in a time without a standstill of this process, which it is repeated until. For what is judged by shares of requests while time
 * goes by: what waited during a standstill moves them for a moment.
 */
export function inPeace<T extends object>(what: string, attempt: () => Promise<T>, timeoutMs = 90_000): Promise<T> {
  return until(
    `${what}, in a time without a standstill`,
    async () => {
      const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
      delays.enable();
      try {
        const found = await attempt();
        return delays.max < STANDSTILL_MS * NS_PER_MS && found;
      } finally {
        delays.disable();
      }
    },
    timeoutMs,
  );
}
