import { OutcomeError } from '@floodgate/kernel';
import { NonCriticalCall } from './breaker';

const failing = () => Promise.reject(new OutcomeError('TRY_LATER', ''));
const answering = () => Promise.resolve('answer');

/** A call with what it did without, and why. */
function callOf(options?: ConstructorParameters<typeof NonCriticalCall>[1]) {
  const lacks: string[] = [];
  return { lacks, call: new NonCriticalCall((why) => lacks.push(why), options) };
}

describe('NonCriticalCall', () => {
  it('holds no more places than it has, and does without at once beyond', async () => {
    const { call, lacks } = callOf({ concurrencyMax: 2 });
    const open: (() => void)[] = [];
    const hanging = () => new Promise<string>((resolve) => open.push(() => resolve('late')));
    const held = [call.ask(hanging), call.ask(hanging)];
    expect(await call.ask(answering)).toBeUndefined();
    expect(lacks).toEqual(['full']);
    for (const release of open) release();
    expect(await Promise.all(held)).toEqual(['late', 'late']);
    expect(await call.ask(answering)).toBe('answer');
  });

  it('while one call tries the callee, lets nobody wait for what comes of it', async () => {
    const { call, lacks } = callOf({ openForMs: 1 });
    for (let i = 0; i < 5; i++) await call.ask(failing);
    expect(call.state).toBe('open');
    await new Promise((resolve) => setTimeout(resolve, 5));
    let answer: (text: string) => void = () => undefined;
    const trying = call.ask(() => new Promise<string>((resolve) => (answer = resolve)));
    expect(call.state).toBe('trying');
    expect(await call.ask(answering)).toBeUndefined();
    expect(lacks.at(-1)).toBe('open');
    answer('back');
    expect(await trying).toBe('back');
    expect(call.state).toBe('closed');
  });

  it('throws what is no outcome: a defect is not done without', async () => {
    const { call } = callOf();
    await expect(call.ask(() => Promise.reject(new TypeError('a defect')))).rejects.toThrow('a defect');
  });
});
