import { Turnstile } from './turnstile';

describe('the turnstile', () => {
  it('lets no more in than fit, and in the end everyone, in order', async () => {
    const door = new Turnstile(2);
    const order: number[] = [];
    let inside = 0;
    let insideMost = 0;
    const visit = (number: number) =>
      door.through(async () => {
        order.push(number);
        insideMost = Math.max(insideMost, (inside += 1));
        await new Promise((resolve) => setImmediate(resolve));
        inside -= 1;
      });
    await Promise.all([0, 1, 2, 3, 4].map(visit));
    expect(insideMost).toBe(2);
    expect(order).toEqual([0, 1, 2, 3, 4]);
  });

  it('gives the place on after a visit that failed', async () => {
    const door = new Turnstile(1);
    await expect(door.through(() => Promise.reject(new Error('tripped')))).rejects.toThrow('tripped');
    expect(await door.through(() => Promise.resolve('in'))).toBe('in');
  });
});
