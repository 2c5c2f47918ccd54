import { type inventoryV1, Outcome, Settlement } from '@floodgate/contracts';
import { type GrabAnswer, type PendingAnswer } from '@floodgate/domain/inventory';
import { type ServerDuplexStream } from '@grpc/grpc-js';
import { type Config } from '../config';

export type GrabCall = ServerDuplexStream<inventoryV1.GrabRequest, inventoryV1.GrabResponse>;

interface OpenGrab {
  readonly seq: number;
  readonly giveUpAtMs: number;
  readonly decision: PendingAnswer;
  readonly listener: (answer: GrabAnswer) => void;
  isAnswered: boolean;
}

const SWEEP_EVERY_MS = 50;

/** Gathers answers for a moment, so that many leave in one frame. */
export class AnswerWriter {
  private answers: inventoryV1.GrabAnswer[] = [];
  /** Oldest first: all have the same budget. */
  private open: OpenGrab[] = [];
  private readonly sweepTimer: NodeJS.Timeout;

  constructor(
    private readonly call: Pick<GrabCall, 'writable' | 'write'>,
    private readonly config: Pick<Config, 'ANSWER_GATHER_MS' | 'BUDGET_INVENTORY_GRAB_MS'>,
    private readonly late: GrabAnswer,
  ) {
    this.sweepTimer = setInterval(() => this.sweep(), SWEEP_EVERY_MS);
  }

  add(seq: number, answer: GrabAnswer): void {
    this.answers.push(toMessage(seq, answer));
    if (this.answers.length === 1) setTimeout(() => this.flush(), this.config.ANSWER_GATHER_MS);
  }

  /** Adds the decision, or WAIT when the budget runs out first: unknown is not failed. */
  addLater(seq: number, decision: PendingAnswer): void {
    const grab: OpenGrab = {
      seq,
      giveUpAtMs: performance.now() + this.config.BUDGET_INVENTORY_GRAB_MS,
      decision,
      listener: (answer) => this.settle(grab, answer),
      isAnswered: false,
    };
    this.open.push(grab);
    decision.listen(grab.listener);
  }

  /** Nobody hears what is still open. */
  close(): void {
    clearInterval(this.sweepTimer);
    for (const { decision, listener } of this.open) decision.forget(listener);
    this.open = [];
  }

  private settle(grab: OpenGrab, answer: GrabAnswer): void {
    if (grab.isAnswered) return;
    grab.isAnswered = true;
    this.add(grab.seq, answer);
  }

  private sweep(): void {
    const nowMs = performance.now();
    const firstInTime = this.open.findIndex(({ giveUpAtMs }) => giveUpAtMs > nowMs);
    const late = firstInTime === -1 ? this.open : this.open.slice(0, firstInTime);
    for (const grab of late) {
      grab.decision.forget(grab.listener);
      this.settle(grab, this.late);
    }
    this.open = this.open.slice(late.length).filter(({ isAnswered }) => !isAnswered);
  }

  private flush(): void {
    const answers = this.answers;
    this.answers = [];
    if (this.call.writable) this.call.write({ answers });
  }
}

export function toMessage(seq: number, { outcome, held, pollAfterMs }: GrabAnswer): inventoryV1.GrabAnswer {
  return {
    seq,
    outcome: Outcome[`OUTCOME_${outcome}`],
    unitNo: held?.unitNo ?? 0,
    amountFen: String(held?.amountFen ?? 0),
    grabId: held?.grabId ?? '',
    settlement: held === undefined ? Settlement.SETTLEMENT_UNSPECIFIED : settlementOf(held.settlement),
    pollAfterMs: Math.min(pollAfterMs ?? 0, 0xffffffff),
  };
}

function settlementOf(settlement: NonNullable<GrabAnswer['held']>['settlement']): Settlement {
  return settlement === 'order' ? Settlement.SETTLEMENT_ORDER : Settlement.SETTLEMENT_PAYOUT;
}
