import { type HttpConnection } from './http-connection';
import { type HttpResponse } from './response-reader';

export interface Drive {
  readonly connections: readonly HttpConnection[];
  readonly requests: number;
  /** Requests a second, whether or not earlier ones are answered; absent: as much as the server takes. */
  readonly perSecond?: number;
  /** The text of a request by its index. */
  readonly requestAt: (index: number) => string;
  /** Asked about each request that is due, before it is sent: true keeps it back for good. Nothing is kept back by default. */
  readonly keepsBack?: (index: number) => boolean;
  /**
   * Told of each answer; `latencyMs` counts from when the request was due first. Returns after how many milliseconds it is to be
   * sent again, or undefined when this was its answer.
   */
  readonly onAnswer: (index: number, response: HttpResponse | undefined, latencyMs: number) => number | undefined;
}

/**
 * Sends every request and resolves when each has its answer. At a rate, what is due while no connection is free waits, and its
 * waiting counts: a server that stalls must not be spared the requests of that time. At full speed a request is due when a
 * connection is free for it.
 */
export function drive({ connections, requests, perSecond, requestAt, keepsBack, onAnswer }: Drive): Promise<void> {
  return new Promise((resolve) => {
    const free = [...connections];
    const again: number[] = [];
    const dueAtMs = new Float64Array(requests);
    const startedAtMs = performance.now();
    let due = 0;
    let sent = 0;
    let settled = 0;

    const nextToSend = (): number | undefined => {
      const repeated = again.shift();
      if (repeated !== undefined) return repeated;
      for (;;) {
        if (perSecond === undefined && sent === due && due < requests) dueAtMs[due++] = performance.now();
        if (sent === due) return undefined;
        const index = sent++;
        if (keepsBack?.(index) !== true) return index;
        settle();
      }
    };
    const settle = () => {
      if (++settled === requests) resolve();
    };
    const sendDue = () => {
      for (let connection = free.pop(); connection !== undefined; connection = free.pop()) {
        const index = nextToSend();
        if (index === undefined) {
          free.push(connection);
          return;
        }
        send(connection, index);
      }
    };
    const send = (connection: HttpConnection, index: number) => {
      connection.exchange(requestAt(index), (response) => {
        free.push(connection);
        const againAfterMs = onAnswer(index, response, performance.now() - (dueAtMs[index] ?? NaN));
        if (againAfterMs !== undefined) {
          setTimeout(() => {
            again.push(index);
            sendDue();
          }, againAfterMs);
        } else {
          settle();
        }
        sendDue();
      });
    };
    const tick = (rate: number) => {
      const now = performance.now();
      const target = Math.min(requests, Math.floor(((now - startedAtMs) * rate) / 1_000));
      // Timers come once a millisecond at best, so requests are due in small bursts; that is no delay of the server's.
      while (due < target) dueAtMs[due++] = now;
      sendDue();
      if (due < requests) setTimeout(() => tick(rate), 1);
    };

    if (requests === 0) resolve();
    else if (perSecond === undefined) sendDue();
    else tick(perSecond);
  });
}
