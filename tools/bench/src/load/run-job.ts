import { type Outcome } from '@floodgate/kernel';
import { percentileOf } from '../statistics';
import { drive } from './drive';
import { HttpConnection } from './http-connection';
import { grabIdOf, type LoadJob, type LoadResult, LOST, NO_UNIT, PLAIN_OK, poolIdOf, userIdOf } from './job';
import { type HttpResponse } from './response-reader';
import { tokenMint } from './token-mint';

const WAIT: Outcome = 'WAIT';

/** Signs the users' tokens and opens the connections, and returns what runs the job. */
export async function prepareJob(job: LoadJob): Promise<() => Promise<LoadResult>> {
  refuseWhenTooFew(job);
  const tokens = signTokens(job);
  const connections = Array.from({ length: job.connections }, () => new HttpConnection(job.port));
  await Promise.all(connections.map((connection) => connection.open()));
  return async () => {
    try {
      return await runJob(job, tokens, connections);
    } finally {
      for (const connection of connections) connection.close();
    }
  };
}

function refuseWhenTooFew({ crowd, requests }: LoadJob): void {
  const grabs = crowd === undefined ? Infinity : crowd.users * crowd.pools.length - crowd.from;
  if (requests > grabs) throw new RangeError(`${requests} requests of a crowd that has ${grabs} grabs left`);
}

function signTokens(job: LoadJob): string[] {
  const mint = tokenMint(job.jwtSecret);
  return Array.from({ length: job.requests }, (_, index) => mint(userIdOf(job, index), grabIdOf(job, index)));
}

async function runJob(job: LoadJob, tokens: readonly string[], connections: HttpConnection[]): Promise<LoadResult> {
  const { requests, perSecond, askAgain } = job;
  const answers = new Answers(requests);
  const cpu = process.cpuUsage();
  const startedAtMs = performance.now();
  await drive({
    connections,
    requests,
    ...(perSecond !== undefined && { perSecond }),
    requestAt: requestText(job, tokens),
    onAnswer: (index, response, latencyMs) => {
      const answer = readAnswer(response);
      if (askAgain !== undefined && answer.outcome === WAIT && answers.mayAskAgain(index, askAgain.timesMax)) {
        return askAgain.afterMs;
      }
      answers.add(index, answer, latencyMs);
      return undefined;
    },
  });
  const wallMs = performance.now() - startedAtMs;
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs, cpuMs: (user + system) / 1_000, ...answers.summary() };
}

/** What was answered to each request. */
class Answers {
  private readonly counts = new Map<string, { readonly no: number; count: number }>();
  private readonly latenciesMs: Float64Array;
  private readonly unitNos: Int32Array;
  private readonly answeredAtMs: Float64Array;
  private readonly outcomeNos: Uint8Array;
  private readonly timesAsked: Uint16Array;
  private askedAgain = 0;

  constructor(requests: number) {
    this.latenciesMs = new Float64Array(requests);
    this.unitNos = new Int32Array(requests).fill(NO_UNIT);
    this.answeredAtMs = new Float64Array(requests);
    this.outcomeNos = new Uint8Array(requests);
    this.timesAsked = new Uint16Array(requests);
  }

  mayAskAgain(index: number, timesMax: number): boolean {
    const times = (this.timesAsked[index] ?? 0) + 1;
    if (times > timesMax) return false;
    this.timesAsked[index] = times;
    this.askedAgain++;
    return true;
  }

  add(index: number, { outcome, unitNo }: ReadAnswer, latencyMs: number): void {
    const known = this.counts.get(outcome);
    if (known === undefined) this.counts.set(outcome, { no: this.counts.size, count: 1 });
    else known.count++;
    this.outcomeNos[index] = known?.no ?? this.counts.size - 1;
    this.latenciesMs[index] = latencyMs;
    this.unitNos[index] = unitNo;
    this.answeredAtMs[index] = performance.timeOrigin + performance.now();
  }

  summary(): Omit<LoadResult, 'wallMs' | 'cpuMs'> {
    const { latenciesMs, unitNos, answeredAtMs, outcomeNos, askedAgain } = this;
    latenciesMs.sort();
    return {
      outcomes: Object.fromEntries([...this.counts].map(([outcome, { count }]) => [outcome, count])),
      askedAgain,
      p50Ms: percentileOf(latenciesMs, 50),
      p99Ms: percentileOf(latenciesMs, 99),
      maxMs: percentileOf(latenciesMs, 100),
      unitNos,
      answeredAtMs,
      outcomeNos,
    };
  }
}

function requestText(job: LoadJob, tokens: readonly string[]): (index: number) => string {
  const [path = '', afterGrabId = ''] = job.path.split('{grabId}');
  const [before = '', afterPool] = path.split('{pool}');
  const hasGrabId = job.path.includes('{grabId}');
  const rest =
    `host: 127.0.0.1:${job.port}\r\ncontent-type: application/json\r\n` +
    `content-length: ${Buffer.byteLength(job.body)}\r\n\r\n${job.body}`;
  return (index) => {
    const pool = afterPool === undefined ? '' : `${poolIdOf(job, index) ?? ''}${afterPool}`;
    const grab = hasGrabId ? grabIdOf(job, index) + afterGrabId : '';
    return `${job.method} ${before}${pool}${grab} HTTP/1.1\r\nauthorization: Bearer ${tokens[index] ?? ''}\r\n${rest}`;
  };
}

interface ReadAnswer {
  readonly outcome: string;
  readonly unitNo: number;
}

/** What an answer counts as; see LoadResult.outcomes. */
export function readAnswer(response: HttpResponse | undefined): ReadAnswer {
  if (response === undefined) return { outcome: LOST, unitNo: NO_UNIT };
  const isOk = response.status >= 200 && response.status < 300;
  const { outcome, unitNo } = parse(response.body);
  if (!isOk) return { outcome: `${response.status} ${outcome ?? ''}`.trim(), unitNo: NO_UNIT };
  return { outcome: outcome ?? PLAIN_OK, unitNo: unitNo ?? NO_UNIT };
}

function parse(body: string): { readonly outcome?: string; readonly unitNo?: number } {
  try {
    return JSON.parse(body) as { outcome?: string; unitNo?: number };
  } catch (error) {
    if (error instanceof SyntaxError) return { outcome: 'UNREADABLE' };
    throw error;
  }
}
