import { setTimeout as sleep } from 'node:timers/promises';
import { type Asking, ServerThrottle } from '@floodgate/client';
import { drive } from '../load/drive';
import { HttpConnection } from '../load/http-connection';
import { type HttpResponse } from '../load/response-reader';
import { type OverloadJob, type OverloadResult, type Stream, type WorkAnswer } from './messages';
import { StreamCounts } from './stream-counts';

const ATTEMPTS_MAX = 3;
const BACK_OFF_MS = 200;
// Coprime with how many people there are: they come in no order.
const STRIDE = 48_271;

/** Offers every stream of a job at its time; returns when each request has its last answer. */
export async function offerLoad(job: OverloadJob): Promise<OverloadResult> {
  const opened = await Promise.all(job.streams.map((stream) => open(job.port, stream)));
  const startedAtMs = performance.now();
  const cpu = process.cpuUsage();
  const results = await Promise.all(
    job.streams.map(async (stream, no) => {
      const counts = new StreamCounts(job.countFromMs, job.patienceMs);
      await run(stream, opened[no] ?? [], counts, startedAtMs);
      return [stream.name, counts.result()] as const;
    }),
  );
  const { user, system } = process.cpuUsage(cpu);
  const wallMs = performance.now() - startedAtMs;
  for (const connection of opened.flat()) connection.close();
  return {
    streams: Object.fromEntries(results),
    wallMs,
    cpuMs: (user + system) / 1_000,
  };
}

async function open(port: number, { connections }: Stream): Promise<HttpConnection[]> {
  const opened = Array.from({ length: connections }, () => new HttpConnection(port));
  await Promise.all(opened.map((connection) => connection.open()));
  return opened;
}

async function run(
  stream: Stream,
  connections: readonly HttpConnection[],
  counts: StreamCounts,
  startedAtMs: number,
): Promise<void> {
  const { priority, requests, perSecond, fromMs, retries, campaignId, people } = stream;
  await sleep(fromMs - (performance.now() - startedAtMs));
  const attempts = new Map<number, number>();
  const userAt = (index: number) => `u${(index * STRIDE) % people}`;
  const throttles = stream.throttled ? new PeoplesThrottles(stream) : undefined;
  await drive({
    connections,
    requests,
    ...(perSecond !== null && { perSecond }),
    ...(throttles && {
      keepsBack: (index: number) => {
        if (!throttles.keepsBack(userAt(index))) return false;
        counts.keptBack(performance.now() - startedAtMs);
        return true;
      },
    }),
    requestAt: (index) =>
      `GET /work HTTP/1.1\r\nhost: bench\r\npriority: ${priority}\r\nuser: ${userAt(index)}\r\ncampaign: ${campaignId}\r\n\r\n`,
    onAnswer: (index, response, latencyMs) => {
      throttles?.heard(userAt(index), response);
      const attempt = (attempts.get(index) ?? 0) + 1;
      if (retries && response?.status === 503 && attempt < ATTEMPTS_MAX) {
        attempts.set(index, attempt);
        return Math.random() * BACK_OFF_MS * 2 ** attempt;
      }
      counts.add(performance.now() - startedAtMs - latencyMs, latencyMs, response?.status);
      return undefined;
    },
  });
}

/** The SDK's throttle for each person, as if each had a device of their own. */
class PeoplesThrottles {
  private readonly throttles = new Map<string, ServerThrottle>();

  constructor(private readonly stream: Pick<Stream, 'priority' | 'campaignId'>) {}

  keepsBack(userId: string): boolean {
    return this.of(userId).take(this.asking(userId), performance.now(), Math.random()) !== undefined;
  }

  /** `response` undefined: none came. */
  heard(userId: string, response: HttpResponse | undefined): void {
    const throttle = this.of(userId);
    if (response !== undefined) {
      const { cursor } = JSON.parse(response.body) as WorkAnswer;
      throttle.heardCursor(cursor, performance.now(), this.stream.campaignId, Math.random());
    }
    throttle.ended(this.asking(userId), response && response.status === 200, performance.now());
  }

  private asking(userId: string): Asking {
    const { priority, campaignId } = this.stream;
    return { priority, userId, serverMs: Date.now(), campaignId };
  }

  private of(userId: string): ServerThrottle {
    const known = this.throttles.get(userId);
    if (known) return known;
    const made = new ServerThrottle();
    this.throttles.set(userId, made);
    return made;
  }
}
