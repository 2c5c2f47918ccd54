import { type inventoryV1 } from '@floodgate/contracts';
import { OutcomeError } from '@floodgate/kernel';
import { type GrabItem } from './instance-link';

/** One answer that a person got. */
export interface Told {
  /** After the start of the load. */
  readonly atMs: number;
  /** When it was asked. */
  readonly askedAtMs: number;
  readonly how: 'grab' | 'read';
  readonly userId: string;
  readonly poolId: string;
  readonly grabId: string;
  readonly qualificationId: string;
  /** Without the prefix of the contract's names. */
  readonly outcome: string;
  /** Of an error: what the transport or the instance said. */
  readonly cause?: string;
  /** With GRANTED and ALREADY_GRANTED. */
  readonly unitNo: number;
  readonly amountFen: number;
  readonly heldGrabId: string;
}

const PREFIX = 'OUTCOME_';

/** Everything that anybody was told in one schedule, in the order in which they were told. */
export class ToldLog {
  readonly lines: Told[] = [];
  private readonly startedAtMs = performance.now();

  get nowMs(): number {
    return Math.round(performance.now() - this.startedAtMs);
  }

  add(how: Told['how'], item: GrabItem, askedAtMs: number, answer: inventoryV1.GrabAnswer | OutcomeError): Told {
    const { userId, poolId, grabId, qualificationId } = item;
    const asked = { atMs: this.nowMs, askedAtMs, how, userId, poolId, grabId, qualificationId };
    const line: Told =
      answer instanceof OutcomeError
        ? { ...asked, outcome: answer.outcome, cause: causeOf(answer), unitNo: 0, amountFen: 0, heldGrabId: '' }
        : {
            ...asked,
            outcome: answer.outcome.slice(PREFIX.length),
            unitNo: answer.unitNo,
            amountFen: Number(answer.amountFen),
            heldGrabId: answer.grabId,
          };
    this.lines.push(line);
    return line;
  }
}

function causeOf({ message, cause }: OutcomeError): string {
  return cause instanceof Error ? cause.message : message;
}
