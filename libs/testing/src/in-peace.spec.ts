import { setTimeout as sleep } from 'node:timers/promises';
import { inPeace } from './in-peace';

const STANDSTILL_MS = 400;

it('repeats what the process stood still in, and gives what came of the rest', async () => {
  let attempts = 0;
  const found = await inPeace('an attempt', async () => {
    attempts += 1;
    await sleep(50);
    const untilMs = performance.now() + (attempts === 1 ? STANDSTILL_MS : 0);
    while (performance.now() < untilMs);
    await sleep(50);
    return { attempts };
  });
  expect(found.attempts).toBeGreaterThan(1);
});
