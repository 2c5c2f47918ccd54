import { type HttpConnection } from './http-connection';
import { type HttpResponse } from './response-reader';

export interface Drive {
  readonly connections: readonly HttpConnection[];
  readonly requests: number;
  /** The text of a request by its index. */
  readonly requestAt: (index: number) => string;
  /** Told of each answer; `latencyMs` counts from when the request was due. */
  readonly onAnswer: (index: number, response: HttpResponse | undefined, latencyMs: number) => void;
}

/** Each connection sends its next request when it has its answer: as much as the server takes. */
export function driveAtFullSpeed({ connections, requests, requestAt, onAnswer }: Drive): Promise<void> {
  return new Promise((resolve) => {
    let sent = 0;
    let answered = 0;
    const sendNext = (connection: HttpConnection) => {
      if (sent === requests) return;
      const index = sent++;
      const dueAtMs = performance.now();
      connection.exchange(requestAt(index), (response) => {
        onAnswer(index, response, performance.now() - dueAtMs);
        if (++answered === requests) resolve();
        else sendNext(connection);
      });
    };
    if (requests === 0) resolve();
    for (const connection of connections) sendNext(connection);
  });
}

/**
 * Sends `perSecond`, whether or not earlier requests are answered. What is due while no connection is free waits, and its
 * waiting counts: a server that stalls must not be spared the requests of that time.
 */
export function driveAtRate(drive: Drive, perSecond: number): Promise<void> {
  const { connections, requests, requestAt, onAnswer } = drive;
  return new Promise((resolve) => {
    const free = [...connections];
    const dueAtMs = new Float64Array(requests);
    const startedAtMs = performance.now();
    let due = 0;
    let sent = 0;
    let answered = 0;
    const sendDue = () => {
      while (sent < due) {
        const connection = free.pop();
        if (connection === undefined) return;
        const index = sent++;
        connection.exchange(requestAt(index), (response) => {
          onAnswer(index, response, performance.now() - (dueAtMs[index] ?? NaN));
          free.push(connection);
          if (++answered === requests) resolve();
          else sendDue();
        });
      }
    };
    const tick = () => {
      const now = performance.now();
      const target = Math.min(requests, Math.floor(((now - startedAtMs) * perSecond) / 1_000));
      // Timers come once a millisecond at best, so requests are due in small bursts; that is no delay of the server's.
      while (due < target) dueAtMs[due++] = now;
      sendDue();
      if (due < requests) setTimeout(tick, 1);
    };
    if (requests === 0) resolve();
    else tick();
  });
}
