import { type inventoryV1, Outcome } from '@floodgate/contracts';
import { type GrabAnswer, PendingAnswer } from '@floodgate/domain/inventory';
import { AnswerWriter } from './answer-writer';

const BUDGET_MS = 2_000;
const GRANTED: GrabAnswer = { outcome: 'GRANTED' };

class Stream {
  readonly writable = true;
  readonly answers: inventoryV1.GrabAnswer[] = [];
  readonly writer = new AnswerWriter(
    this,
    { BUDGET_INVENTORY_GRAB_MS: BUDGET_MS, ANSWER_GATHER_MS: 1 },
    { outcome: 'WAIT', pollAfterMs: 100 },
  );

  write({ answers }: inventoryV1.GrabResponse): boolean {
    this.answers.push(...answers);
    return true;
  }

  get told(): string[] {
    return this.answers.map(({ seq, outcome }) => `${seq} ${Outcome[outcome]}`);
  }
}

describe('the writer of answers', () => {
  let stream: Stream;
  let decision: PendingAnswer;

  beforeEach(() => {
    jest.useFakeTimers();
    stream = new Stream();
    decision = new PendingAnswer();
  });
  afterEach(() => {
    stream.writer.close();
    jest.useRealTimers();
  });

  it('keeps no more listeners than the asks of one budget, however long the log is away', () => {
    let most = 0;
    for (let seq = 0; seq < 1_000; seq++) {
      stream.writer.addLater(seq, decision);
      most = Math.max(most, decision.listenerCount);
      jest.advanceTimersByTime(100);
    }
    expect(most).toBeLessThanOrEqual(BUDGET_MS / 100 + 1);
    jest.advanceTimersByTime(BUDGET_MS + 100);
    expect(decision.listenerCount).toBe(0);
    expect(stream.answers.every(({ outcome }) => outcome === Outcome.OUTCOME_WAIT)).toBe(true);
    expect(stream.answers).toHaveLength(1_000);
    decision.tell(GRANTED);
    jest.advanceTimersByTime(100);
    expect(stream.answers).toHaveLength(1_000);
  });

  it('tells each who asked in time what was decided, and who asks later too', () => {
    stream.writer.addLater(1, decision);
    jest.advanceTimersByTime(BUDGET_MS + 100);
    stream.writer.addLater(2, decision);
    stream.writer.addLater(3, decision);
    decision.tell(GRANTED);
    stream.writer.addLater(4, decision);
    jest.advanceTimersByTime(BUDGET_MS + 100);
    expect(stream.told).toEqual(['1 OUTCOME_WAIT', '2 OUTCOME_GRANTED', '3 OUTCOME_GRANTED', '4 OUTCOME_GRANTED']);
  });

  it('is forgotten with its stream', () => {
    stream.writer.addLater(1, decision);
    stream.writer.close();
    expect(decision.listenerCount).toBe(0);
  });
});
