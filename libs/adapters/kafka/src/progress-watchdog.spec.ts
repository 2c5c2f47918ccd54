import { type Admin } from 'kafkajs';
import { ProgressWatchdog } from './progress-watchdog';

const LOOKS = 6;

/** A consumer whose state the test sets, and a watchdog that looks when it is told to. */
function watchdog() {
  const state: { signsOfLife: number; lag: () => Promise<number> } = { signsOfLife: 0, lag: () => Promise.resolve(3) };
  const errors: string[] = [];
  const warnings: string[] = [];
  const lags: (number | undefined)[] = [];
  const watched = {
    name: 'test.words',
    get signsOfLife() {
      return state.signsOfLife;
    },
    lag: () => state.lag(),
  };
  const dog = new ProgressWatchdog({
    watched,
    admin: {} as Admin,
    log: {
      error: (_fields, message) => void errors.push(message),
      warn: (_fields, message) => void warnings.push(message),
    },
    stuckAfterMs: 100,
    onLook: (lag) => lags.push(lag),
  });
  const look = async (times: number) => {
    for (let time = 0; time < times; time++) await dog.look();
  };
  return { state, errors, warnings, lags, dog, look };
}

describe('ProgressWatchdog', () => {
  it('finds a consumer stuck that lets messages wait without a sign of life, and says so once', async () => {
    const { dog, look, errors, lags } = watchdog();
    await look(LOOKS);
    expect(dog.verdict).toBeUndefined();
    await look(3);
    expect(dog.verdict).toBe(
      'test.words has taken nothing for 100 ms, though 3 messages wait and Kafka and MySQL answer',
    );
    expect(errors).toHaveLength(1);
    expect(lags[0]).toBe(3);
  });

  it('takes the verdict back when the consumer goes on', async () => {
    const { dog, look, state } = watchdog();
    await look(LOOKS + 1);
    state.signsOfLife = 1;
    await look(1);
    expect(dog.verdict).toBeUndefined();
  });

  it('lets a consumer be that has nothing to do, or tries in vain', async () => {
    const { dog, look, state } = watchdog();
    state.lag = () => Promise.resolve(0);
    await look(LOOKS * 3);
    expect(dog.verdict).toBeUndefined();
    state.lag = () => Promise.resolve(5);
    for (let attempt = 0; attempt < LOOKS * 3; attempt++) {
      state.signsOfLife += 1;
      await look(1);
    }
    expect(dog.verdict).toBeUndefined();
  });

  it('gives no verdict while Kafka or MySQL answers with an error, or not at all', async () => {
    const { dog, look, state, lags, warnings } = watchdog();
    await look(LOOKS);
    state.lag = () => Promise.reject(new Error('the broker is away'));
    await look(LOOKS * 2);
    state.lag = () => new Promise<number>(() => undefined);
    await look(LOOKS * 2);
    expect(dog.verdict).toBeUndefined();
    expect(lags.at(-1)).toBeUndefined();
    expect(warnings).toEqual(['how many messages wait is not known']);
    state.lag = () => Promise.resolve(1);
    await look(LOOKS);
    expect(dog.verdict).toMatch(/though 1 messages wait/);
  });
});
