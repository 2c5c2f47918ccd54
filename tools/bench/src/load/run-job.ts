import { signJwt } from '@floodgate/nest-kit';
import { percentileOf } from '../statistics';
import { type Drive, driveAtFullSpeed, driveAtRate } from './drive';
import { HttpConnection } from './http-connection';
import { grabIdOf, type LoadJob, type LoadResult, LOST, NO_UNIT, PLAIN_OK, userIdOf } from './job';
import { type HttpResponse } from './response-reader';

const TOKEN_TTL_MS = 3_600_000;

/** Signs the users' tokens and opens the connections, and returns what runs the job. */
export async function prepareJob(job: LoadJob): Promise<() => Promise<LoadResult>> {
  const tokens = Array.from({ length: job.requests }, (_, index) =>
    signJwt({ userId: userIdOf(job.prefix, index), roles: ['participant'], ttlMs: TOKEN_TTL_MS }, job.jwtSecret),
  );
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

async function runJob(job: LoadJob, tokens: readonly string[], connections: HttpConnection[]): Promise<LoadResult> {
  const outcomes: Record<string, number> = {};
  const latenciesMs = new Float64Array(job.requests);
  const unitNos = new Int32Array(job.requests).fill(NO_UNIT);
  const drive: Drive = {
    connections,
    requests: job.requests,
    requestAt: requestText(job, tokens),
    onAnswer: (index, response, latencyMs) => {
      const { outcome, unitNo } = readAnswer(response);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      latenciesMs[index] = latencyMs;
      unitNos[index] = unitNo;
    },
  };
  const cpu = process.cpuUsage();
  const startedAtMs = performance.now();
  await (job.perSecond === undefined ? driveAtFullSpeed(drive) : driveAtRate(drive, job.perSecond));
  const wallMs = performance.now() - startedAtMs;
  const { user, system } = process.cpuUsage(cpu);
  latenciesMs.sort();
  return {
    wallMs,
    outcomes,
    p50Ms: percentileOf(latenciesMs, 50),
    p99Ms: percentileOf(latenciesMs, 99),
    maxMs: percentileOf(latenciesMs, 100),
    cpuMs: (user + system) / 1_000,
    unitNos,
  };
}

function requestText(job: LoadJob, tokens: readonly string[]): (index: number) => string {
  const [before = '', after = ''] = `${job.method} ${job.path}`.split('{grabId}');
  const hasGrabId = job.path.includes('{grabId}');
  const rest =
    `host: 127.0.0.1:${job.port}\r\ncontent-type: application/json\r\n` +
    `content-length: ${Buffer.byteLength(job.body)}\r\n\r\n${job.body}`;
  return (index) => {
    const path = hasGrabId ? before + grabIdOf(job.prefix, index) + after : before;
    return `${path} HTTP/1.1\r\nauthorization: Bearer ${tokens[index] ?? ''}\r\n${rest}`;
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
