import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, type BenchContext, type Contender, type PreparedBench } from '../bench';
import { HelperProcess } from '../helper-process';
import { preparing } from '../prepared';
import { readCpu, totalOf } from '../process-cpu';
import { type Sample } from '../rows';
import { turnsFor } from './burn';
import { type Defence, type OverloadJob, type OverloadResult, type Stream } from './messages';
import { ADMISSION, BARE, FEW, MANY, NONE, PRESSURE, rows } from './overload-rows';
import { recoveryMs } from './recovery';
import { type OverloadServer, startServer } from './server-process';

const WORK_MS = 2;
const PATIENCE_MS = 1_000;
const SETTLE_MS = 1_000;
/** Each server is warm, and has forgotten that, before anything is counted: nobody opens a sale on processes that have just started. */
const WARM_MS = 2_000;
const FORGOTTEN_MS = 1_500;
const WARM_PER_SECOND = 3_000;
/** So long until people have heard a cursor, and it has found its place among them. */
const THROTTLED_SETTLE_MS = 5_000;
const JOB_MS_MAX = 120_000;
const REFUSALS_PER_SECOND = 8_000;
const PEOPLE = 100_000;
/** So many that each asks several times a second at 10x, as impatient people do. */
const THROTTLED_PEOPLE = 2_000;

const BROWSE = 'browse';
const QUIET = 'quiet';
/** Overload: what a server serves that is offered many times what it can. */
export const overloadBench: Bench = {
  name: 'overload',
  summary: `Nest with a handler of ${WORK_MS} ms of CPU, offered up to 12 times its peak: admission in two phases against nothing and against under-pressure`,
  minutes: 10,
  rows,
  prepare,
};

function prepare({ options, say }: BenchContext): Promise<PreparedBench> {
  return preparing((endLater) => {
    const turns = turnsFor(WORK_MS);
    say(`${WORK_MS} ms of CPU are ${turns} turns`);
    const load = new HelperProcess<OverloadJob, OverloadResult>('load', join(__dirname, 'load-main.js'));
    endLater(() => load.stop());
    const bench = new OverloadRounds(load, turns, options.seconds * 1_000);
    const contender = (name: string, measure: () => Promise<Sample>): Contender => ({
      name,
      measure: async () => ({ sample: await measure(), errors: {} }),
    });
    return Promise.resolve({
      contenders: [
        contender(NONE, () => bench.uncontrolled()),
        contender(BARE, () => bench.bare()),
        contender(PRESSURE, () => bench.underPressure()),
        contender(ADMISSION, () => bench.admission()),
      ],
      audit: () => Promise.resolve({ ok: true, detail: 'nothing is stored' }),
    });
  });
}

/** What the contenders measure in a round; each measurement on a server of its own, which is warm and has forgotten what warmed it. */
class OverloadRounds {
  private peakPerSecond = NaN;
  private acceptedUs = NaN;
  private bareUs = NaN;

  constructor(
    private readonly load: HelperProcess<OverloadJob, OverloadResult>,
    private readonly turns: number,
    private readonly forMs: number,
  ) {}

  async uncontrolled(): Promise<Sample> {
    this.peakPerSecond = await this.peak();
    return { peakPerSecond: this.peakPerSecond, goodputAt5: await this.goodputAt5('none') };
  }

  /** What no server of Node can do without: a request parsed, an answer written. */
  async bare(): Promise<Sample> {
    this.bareUs = await this.refusalUs('bare');
    return { answerUs: this.bareUs };
  }

  async underPressure(): Promise<Sample> {
    return { goodputAt5: await this.goodputAt5('under-pressure') };
  }

  async admission(): Promise<Sample> {
    const few = await this.offer('admission', [this.browsing(10)]);
    const many = await this.offer('admission', [this.browsing(10, MANY)]);
    const easy = await this.offer('admission', [this.browsing(0.8)]);
    const { p99Ms: p99Few = NaN } = few.streams[BROWSE] ?? {};
    const { p99Ms: p99At08 = NaN } = easy.streams[BROWSE] ?? {};
    const refusalUs = await this.refusalUs('admission');
    return {
      goodputFew: this.goodput(few),
      lawful: this.lawful(10, refusalUs),
      goodputMany: this.goodput(many),
      goodputAt5: await this.goodputAt5('admission'),
      p99Few,
      p99At08,
      loadCpuShare: few.cpuMs / few.wallMs,
      ...(await this.throttled()),
      topSuccess: await this.topSuccess(),
      ...(await this.campaigns()),
      refusalUs,
      refusalBeyondUs: refusalUs - this.bareUs,
      recoveryMs: await this.recovery(),
    };
  }

  /** What is served to clients that each wait for their answer: nobody else asks. */
  private async peak(): Promise<number> {
    const requests = Math.round((this.forMs + SETTLE_MS) / WORK_MS);
    const stream = { ...this.browsing(1, 8), requests, perSecond: null };
    const server = await this.start('none', false);
    try {
      const job = { port: server.port, streams: [stream], countFromMs: 0, patienceMs: PATIENCE_MS };
      await this.load.ask({ ...job, streams: [{ ...stream, requests: requests / 4 }] }, JOB_MS_MAX);
      const before = cpuMsOf(server);
      const { wallMs } = await this.load.ask(job, JOB_MS_MAX);
      this.acceptedUs = ((cpuMsOf(server) - before) * 1_000) / requests;
      return (requests * 1_000) / wallMs;
    } finally {
      server.stop();
    }
  }

  private async goodputAt5(defence: Defence): Promise<number> {
    return this.goodput(await this.offer(defence, [this.browsing(5)]));
  }

  private async throttled(): Promise<Sample> {
    const people = { ...this.during(10, THROTTLED_SETTLE_MS + this.forMs), people: THROTTLED_PEOPLE, throttled: true };
    const offered = await this.offer('admission', [people], THROTTLED_SETTLE_MS);
    const { due = 0, keptBack = 0 } = offered.streams[BROWSE] ?? {};
    return { goodputThrottled: this.goodput(offered), keptBack: keptBack / (due + keptBack) };
  }

  private async campaigns(): Promise<Sample> {
    const quiet = { ...this.browsing(0.5), name: QUIET, campaignId: QUIET };
    const seen = async (streams: readonly Stream[]) => {
      const { due = 0, served = 0, p99Ms = NaN } = (await this.offer('admission', streams)).streams[QUIET] ?? {};
      return { success: served / due, p99Ms };
    };
    const alone = await seen([quiet]);
    const beside = await seen([{ ...this.browsing(10), campaignId: 'busy' }, quiet]);
    return {
      quietSuccessAlone: alone.success,
      quietSuccess: beside.success,
      quietP99Alone: alone.p99Ms,
      quietP99: beside.p99Ms,
    };
  }

  private async topSuccess(): Promise<number> {
    const top = { ...this.browsing(0.3, FEW), name: 'top', priority: 'pay' } as const;
    const { streams } = await this.offer('admission', [this.browsing(12), top]);
    const { due = 0, served = 0 } = streams['top'] ?? {};
    return served / due;
  }

  /** Goodput of the reject-cost law, (1 - m r) / (1 - r) of the peak: what is left when all that cannot be served is refused at that cost. */
  private lawful(times: number, refusalUs: number): number {
    const share = refusalUs / this.acceptedUs;
    return (this.peakPerSecond * (1 - times * share)) / (1 - share);
  }

  private async refusalUs(defence: Defence): Promise<number> {
    const requests = (REFUSALS_PER_SECOND * this.forMs) / 1_000;
    const server = await this.start(defence, true);
    try {
      const stream = { ...this.browsing(1), requests, perSecond: REFUSALS_PER_SECOND };
      const job = { port: server.port, streams: [stream], countFromMs: 0, patienceMs: PATIENCE_MS };
      // Once for the compiler.
      await this.load.ask(job, JOB_MS_MAX);
      const before = cpuMsOf(server);
      await this.load.ask(job, JOB_MS_MAX);
      return ((cpuMsOf(server) - before) * 1_000) / requests;
    } finally {
      server.stop();
    }
  }

  private async recovery(): Promise<number> {
    const burstMs = 3_000;
    const base = { ...this.during(0.5, 2 * burstMs + 4_000), retries: true };
    const burst = { ...this.during(9.5, burstMs), name: 'burst', fromMs: burstMs, retries: true };
    const { streams } = await this.offer('admission', [base, burst]);
    const { dueBy100Ms = [], servedBy100Ms = [] } = streams[BROWSE] ?? {};
    return recoveryMs(dueBy100Ms, servedBy100Ms, 2 * burstMs);
  }

  private browsing(times: number, connections = FEW): Stream {
    return this.during(times, this.forMs + SETTLE_MS, connections);
  }

  /** So many times the peak. */
  private during(times: number, forMs: number, connections = FEW): Stream {
    const perSecond = times * this.peakPerSecond;
    const requests = Math.round((perSecond * forMs) / 1_000);
    return {
      name: BROWSE,
      priority: 'browse',
      requests,
      perSecond,
      connections,
      fromMs: 0,
      campaignId: '',
      people: PEOPLE,
      throttled: false,
      retries: false,
    };
  }

  /** Offers a load to a new server. */
  private async offer(defence: Defence, streams: readonly Stream[], countFromMs = SETTLE_MS): Promise<OverloadResult> {
    const server = await this.start(defence, false);
    try {
      const job = { port: server.port, streams, countFromMs, patienceMs: PATIENCE_MS };
      const requests = (WARM_PER_SECOND * WARM_MS) / 1_000;
      const warming = { ...this.browsing(1), requests, perSecond: WARM_PER_SECOND };
      await this.load.ask({ ...job, streams: [warming] }, JOB_MS_MAX);
      await sleep(FORGOTTEN_MS);
      return await this.load.ask(job, JOB_MS_MAX);
    } finally {
      server.stop();
    }
  }

  private start(defence: Defence, refuseAll: boolean): Promise<OverloadServer> {
    return startServer({ defence, turns: this.turns, refuseAll });
  }

  /** What was served in time, by second. */
  private goodput({ streams }: OverloadResult): number {
    return ((streams[BROWSE]?.served ?? 0) * 1_000) / this.forMs;
  }
}

/** CPU time of a server, all its threads, since it started. */
function cpuMsOf({ pid }: OverloadServer): number {
  return totalOf(readCpu([{ name: 'server', pid }]));
}
