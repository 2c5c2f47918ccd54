import { type Random } from '../random';

export const FAULT_KINDS = ['kill', 'pause', 'broker', 'redis', 'mysql', 'duplicates', 'lost-replies'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** What happens to the servers and processes at one instant of a schedule, and for how long. */
export type FaultPlan = FaultTime &
  (
    | { readonly kind: 'kill'; readonly instance: number; readonly downMs: number }
    | { readonly kind: 'pause'; readonly instance: number }
    | { readonly kind: 'broker'; readonly how: 'kill' | 'stop' | 'pause'; readonly broker: 'leader' | number }
    | { readonly kind: 'redis'; readonly how: RedisHarm }
    | { readonly kind: 'mysql'; readonly how: 'kill' | 'stop' | 'pause' | 'cut' }
    | { readonly kind: 'duplicates'; readonly of: 'stock-log' | 'events'; readonly share: number }
    | {
        readonly kind: 'lost-replies';
        readonly from: 'redis' | 'kafka';
        readonly share: number;
        readonly holdMs: number;
      }
  );

/**
 * stale-replica: a replica that stopped following some time ago takes over, and the first server comes back later.
 * split-brain: the same, while one instance keeps talking to the first server.
 * refuse-writes-*: the server answers writes with an error (too few replicas, no memory, MISCONF).
 */
const REDIS_HARMS = [
  'flush',
  'lose-data',
  'flush-scripts',
  'stale-replica',
  'split-brain',
  'refuse-writes-replicas',
  'refuse-writes-memory',
  'refuse-writes-disk',
] as const;
/** flush-in-flight: the log stands still while the cache is emptied, so that shards are loaded while proposals are on their way. */
export type RedisHarm = (typeof REDIS_HARMS)[number] | 'flush-in-flight';

interface FaultTime {
  /** After the start of the load. */
  readonly atMs: number;
  /** How long it lasts, where it lasts. */
  readonly forMs: number;
}

/** Faults before this instant would meet no grab. */
const FIRST_MS = 300;
const INSTANCES = 2;

/** Chances of each kind against each other: those after which a process must start again take longest. */
const WEIGHTS: Readonly<Record<FaultKind, number>> = {
  kill: 3,
  pause: 4,
  broker: 3,
  redis: 6,
  mysql: 3,
  duplicates: 4,
  'lost-replies': 4,
};

export interface FaultOptions {
  readonly kinds: readonly FaultKind[];
  /** Faults begin before this instant. */
  readonly loadMs: number;
  readonly brokers: number;
}

/** Three to five faults of at least two kinds, where two kinds are allowed, spread over the time of the load. */
export function planFaults(random: Random, options: FaultOptions): FaultPlan[] {
  const count = random.int(3, 5);
  const kinds = pickKinds(random, count, options.kinds);
  const slotMs = (options.loadMs - FIRST_MS) / count;
  return kinds.map((kind, slot) => {
    const atMs = Math.round(FIRST_MS + slotMs * (slot + random.next() * 0.8));
    return planFault(random, kind, { atMs, forMs: random.int(250, 900) }, options.brokers);
  });
}

const IN_FLIGHT_SHARE = 0.4;

/** In some schedules, besides the others. Drawn from a series of its own: the others stay what they were for seeds that are kept. */
export function planFlushInFlight(random: Random, { kinds, loadMs }: FaultOptions): FaultPlan[] {
  if (!kinds.includes('redis') || !random.chance(IN_FLIGHT_SHARE)) return [];
  const atMs = random.int(FIRST_MS, Math.round(loadMs * 0.7));
  return [{ kind: 'redis', how: 'flush-in-flight', atMs, forMs: random.int(400, 900) }];
}

function pickKinds(random: Random, count: number, allowed: readonly FaultKind[]): FaultKind[] {
  const kinds: FaultKind[] = [];
  while (kinds.length < count) {
    const kind = pickKind(random, allowed);
    const isLast = kinds.length === count - 1;
    if (isLast && allowed.length > 1 && kinds.every((other) => other === kind)) continue;
    // Each of these costs seconds, and twice shows nothing that once does not.
    if ((kind === 'broker' || kind === 'mysql') && allowed.length > 1 && kinds.includes(kind)) continue;
    kinds.push(kind);
  }
  return kinds;
}

function pickKind(random: Random, allowed: readonly FaultKind[]): FaultKind {
  let left = random.next() * allowed.reduce((sum, kind) => sum + WEIGHTS[kind], 0);
  for (const kind of allowed) {
    left -= WEIGHTS[kind];
    if (left < 0) return kind;
  }
  return random.pick(allowed);
}

function planFault(random: Random, kind: FaultKind, time: FaultTime, brokers: number): FaultPlan {
  const instance = random.int(0, INSTANCES - 1);
  switch (kind) {
    case 'kill':
      return { ...time, kind, instance, downMs: random.pick([0, 0, 200, 600]) };
    case 'pause':
      return { ...time, kind, instance };
    case 'broker':
      return brokers > 1
        ? { ...time, kind, how: random.pick(['kill', 'kill', 'pause']), broker: 'leader' }
        : { ...time, kind, how: random.pick(['kill', 'kill', 'stop', 'pause', 'pause']), broker: 0 };
    case 'redis':
      return { ...time, kind, how: random.pick(REDIS_HARMS) };
    case 'mysql':
      return { ...time, kind, how: random.pick(['kill', 'stop', 'pause', 'cut']) };
    case 'duplicates':
      return {
        ...time,
        kind,
        of: random.pick(['stock-log', 'stock-log', 'events']),
        share: random.pick([0.1, 0.5, 1]),
      };
    case 'lost-replies': {
      const from = random.pick(['redis', 'kafka'] as const);
      // Kafka's replies are fewer, each about many grants.
      const share = random.pick(from === 'redis' ? [0.02, 0.1] : [0.1, 0.3]);
      return { ...time, kind, from, share, holdMs: random.int(20, 200) };
    }
  }
}

/** One word or two for the report. */
export function describeFault(fault: FaultPlan): string {
  switch (fault.kind) {
    case 'kill':
    case 'pause':
      return `${fault.kind} ${fault.instance + 1}`;
    case 'broker':
    case 'redis':
    case 'mysql':
      return `${fault.kind} ${fault.how}`;
    case 'duplicates':
      return `${fault.kind} of ${fault.of}`;
    case 'lost-replies':
      return `${fault.kind} of ${fault.from}`;
  }
}
