import { setTimeout as sleep } from 'node:timers/promises';
import { appOf, type Instance, type Stack } from '@floodgate/tools/stack';
import { gatherAtMs, lastArrivalMs, type Scene } from './scene';

/** What became of the app that was killed on purpose. */
export interface KillNote {
  readonly app: Instance;
  /** Database time, milliseconds since 1970. */
  readonly killedAtMs: number;
  readonly downMs: number;
}

const DOWN_MS = 1_000;

/** The busiest moment of an app, by database time. */
export function busiestMs(app: Instance, scene: Scene): number {
  switch (appOf(app)) {
    case 'gateway':
    case 'inventory':
      return scene.splitAtMs + 250;
    case 'prize-payout':
      return scene.splitAtMs + 900;
    case 'order':
      return scene.saleOpensAtMs + 700;
    case 'activity':
    case 'card-collection':
      return (scene.startMs + lastArrivalMs(scene)) / 2;
    case 'degradation-plan':
      // Tier 1 then begins and ends without it.
      return gatherAtMs(scene) - 2_000;
  }
}

/** Kills the app with -9 at its busiest moment and starts it again. `nowMs` is database time. */
export async function killAtBusiest(
  stack: Stack,
  app: Instance,
  scene: Scene,
  nowMs: () => number,
  say: (line: string) => void,
): Promise<KillNote> {
  await sleep(Math.max(0, busiestMs(app, scene) - nowMs()));
  const killedAtMs = nowMs();
  await stack.kill(app, 'SIGKILL');
  say(`${app} killed with -9`);
  await sleep(DOWN_MS);
  await stack.start(app);
  const downMs = nowMs() - killedAtMs;
  say(`${app} is back, ${(downMs / 1000).toFixed(1)} s after it was killed`);
  return { app, killedAtMs, downMs };
}
