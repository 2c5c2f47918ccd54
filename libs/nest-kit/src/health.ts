import { Injectable } from '@nestjs/common';

type Check = () => Promise<void> | void;

/**
 * Readiness: every named check passes. Notices are shown with it and decide nothing: what is wrong with them is for somebody
 * to see, while requests are served on. Liveness: no watchdog has given up; a failing store is no reason to restart. A check
 * that throws says why in its message.
 */
@Injectable()
export class Health {
  private readonly readiness = new Map<string, Check>();
  private readonly notices = new Map<string, Check>();
  private readonly liveness = new Map<string, Check>();
  private stopping = false;

  addReadiness(name: string, check: Check): void {
    this.readiness.set(name, check);
  }

  addNotice(name: string, check: Check): void {
    this.notices.set(name, check);
  }

  addLiveness(name: string, check: Check): void {
    this.liveness.set(name, check);
  }

  /** From now on not ready, so that no new work is sent here. */
  beginShutdown(): void {
    this.stopping = true;
  }

  async ready(): Promise<HealthReport> {
    const [readiness, notices] = await Promise.all([run(this.readiness), run(this.notices)]);
    const report = { ...readiness, notices: notices.checks };
    return this.stopping ? { ...report, ok: false, checks: { ...report.checks, shutdown: 'stopping' } } : report;
  }

  async live(): Promise<HealthReport> {
    return run(this.liveness);
  }
}

export interface HealthReport {
  readonly ok: boolean;
  /** `ok`, or what is wrong, by check. */
  readonly checks: Record<string, string>;
  /** As `checks`, without a say in `ok`. */
  readonly notices?: Record<string, string>;
}

const CHECK_TIMEOUT_MS = 1_000;

async function run(checks: Map<string, Check>): Promise<HealthReport> {
  const results = await Promise.all([...checks].map(async ([name, check]) => [name, await outcome(check)] as const));
  return { ok: results.every(([, result]) => result === 'ok'), checks: Object.fromEntries(results) };
}

async function outcome(check: Check): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, CHECK_TIMEOUT_MS, `no answer within ${CHECK_TIMEOUT_MS} ms`);
  });
  const work = (async () => {
    await check();
    return 'ok';
  })().catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
  const result = await Promise.race([work, timeout]);
  clearTimeout(timer);
  return result;
}
