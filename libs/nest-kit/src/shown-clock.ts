import { type Health } from './health';
import { type Metrics } from './metrics';
import { SyncedClock, TIME_SOURCES } from './synced-clock';

/** A process's clock, which health and metrics tell of: by whose time it goes, and how wrong the machine's own is. */
export function shownClock(health: Health, metrics: Metrics): SyncedClock {
  const clock = new SyncedClock();
  health.addNotice('clock', () => {
    if (clock.source !== 'database') throw new Error(complaint(clock));
  });
  metrics.gauge('clock_source', '1 for whose time this process goes by.', ['source'], (gauge) => {
    for (const source of TIME_SOURCES) gauge.set({ source }, source === clock.source ? 1 : 0);
  });
  metrics.gauge('clock_wall_ahead_seconds', 'How far the machine is ahead of the time gone by.', [], (gauge) =>
    gauge.set(clock.wallAheadMs / 1_000),
  );
  return clock;
}

function complaint({ source }: SyncedClock): string {
  if (source === 'local') return 'goes by the wall clock of this machine, which may be wrong by anything';
  return source === 'kept'
    ? 'goes by the offset to database time kept on disk: none was heard since the start'
    : 'goes by the time of Redis: database time was never heard';
}
