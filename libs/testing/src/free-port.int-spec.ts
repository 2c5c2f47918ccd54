import { freePort } from './free-port';

it('gives each port once, whichever suite asks', async () => {
  const mine = await Promise.all(Array.from({ length: 10 }, freePort));
  const others: number[] = [];
  await jest.isolateModulesAsync(async () => {
    const suite = await import('./free-port');
    for (let i = 0; i < 10; i++) others.push(await suite.freePort());
  });
  expect(new Set([...mine, ...others]).size).toBe(20);
});
