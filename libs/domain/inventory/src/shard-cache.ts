import { type Clock, type IdSource } from '@floodgate/kernel';
import {
  type Admission,
  type CacheChange,
  type OpenProposal,
  type Proposal,
  type ProposeItem,
  type StockLogReader,
} from './admission';
import { type ShardState } from './shard-state';

export interface CachePorts {
  readonly admission: Admission;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly watch: CacheWatch;
}

/** Told of what happens to caches, for logs and metrics. */
export interface CacheWatch {
  /** `proposed` grabs were on their way to the log when the shard was loaded from its fold. */
  loaded(shard: ShardState, proposed: number): void;
  /** Grabs of the shard wait, and it is loaded again. */
  trouble(shard: ShardState, error: unknown): void;
}

interface Step {
  readonly previousOffset: number;
  readonly offset: number;
  readonly changes: readonly CacheChange[];
}

interface Load {
  readonly loadId: string;
  /** The server that holds it, as `Admission.place` names it; undefined until it was asked. */
  place: string | undefined;
}

/** How many folded records are kept, to bring a cache that another instance left a little behind up to date. */
const RECENT_STEPS = 64;
/** After somebody else's load came between: long enough for that one to end. */
const LOAD_AGAIN_MS = 200;
/** Pools are closed and lends finished only after every shard was tended: none may keep that waiting because its partition stands still. */
const READ_MS_MAX = 3_000;

/**
 * Keeps the admission cache of one shard in step with its fold. While the shard is served, every folded record is applied; when
 * the cache is lost, stands elsewhere or belongs to another server than before, it is taken over from the instance that
 * loaded it, or loaded anew.
 */
export class ShardCache {
  private present: Load | undefined;
  private loading: Promise<boolean> | undefined;
  private distrusted: string | undefined;
  private notBeforeMs = 0;
  private lastOffset: number;
  /** The last folded records, oldest first; all of them while a load is under way. */
  private recent: Step[] = [];

  constructor(
    private readonly state: ShardState,
    private readonly ports: CachePorts,
    private readonly proposed: () => number,
  ) {
    this.lastOffset = state.lastOffset;
  }

  get isLoaded(): boolean {
    return this.present !== undefined;
  }

  /** Takes over what the fold has just made of the shard's record at `offset`. */
  folded(offset: number, changes: readonly CacheChange[]): void {
    const step = { previousOffset: this.lastOffset, offset, changes };
    this.lastOffset = offset;
    this.recent.push(step);
    if (this.loading === undefined && this.recent.length > 2 * RECENT_STEPS)
      this.recent = this.recent.slice(-RECENT_STEPS);
    if (this.present !== undefined) void this.apply(this.present, step);
  }

  /** True when the cache can be asked. False when it could not be loaded; the next call tries again. */
  ensureLoaded(): Promise<boolean> {
    if (this.present !== undefined) return Promise.resolve(true);
    this.loading ??= this.takeOverOrLoad()
      .catch((error: unknown) => {
        this.ports.watch.trouble(this.state, error);
        return false;
      })
      .finally(() => {
        this.loading = undefined;
      });
    return this.loading;
  }

  /** `lost` also when there is no load; rejects when whether units were set aside is unknown. Either way it must be loaded. */
  async propose(items: readonly ProposeItem[]): Promise<readonly Proposal[] | 'lost'> {
    const load = this.present;
    if (load === undefined) return 'lost';
    try {
      const { admission, clock } = this.ports;
      const proposals = await admission.propose(this.state.id, load.loadId, clock.nowMs(), items);
      if (proposals === 'lost') this.lose(load);
      return proposals;
    } catch (error) {
      this.lose(load);
      throw error;
    }
  }

  /** What it says cannot be true by the fold, and no record of the log will mend it: it is loaded anew, by whoever asks next. */
  distrust(): void {
    this.distrusted = this.present?.loadId;
    this.present = undefined;
  }

  /** Stops applying; the next grab takes the cache up where it then stands. */
  rest(): void {
    this.present = undefined;
  }

  /**
   * Looks whether the cache still stands where it was loaded, and gives back the units of proposals older than
   * `timeoutMs` that never reached the log. `isUnderWay` tells grabs that may still reach it.
   */
  async tend(log: StockLogReader, timeoutMs: number, isUnderWay: (grabId: string) => boolean): Promise<void> {
    const load = this.present;
    if (load === undefined) return;
    try {
      await this.checkPlace(load);
      const overdue = await this.overdue(load, timeoutMs, isUnderWay);
      if (overdue.length === 0 || !(await this.isReadToEnd(log))) return;
      const free = overdue.filter(({ unitNo }) => this.state.free.has(unitNo));
      if (free.length === 0 || this.present !== load) return;
      if ((await this.ports.admission.giveBack(this.state.id, load.loadId, free)) === 'lost') this.lose(load);
    } catch (error) {
      this.lose(load);
      this.ports.watch.trouble(this.state, error);
    }
  }

  /** What the fold has not decided once it is read past the end as it is now was never written, or comes too late to count on. */
  private async isReadToEnd(log: StockLogReader): Promise<boolean> {
    try {
      await log.readToEnd(this.state.id, READ_MS_MAX);
      return true;
    } catch {
      // The log is away or stands still, which its own client tells of: nothing is given back now.
      return false;
    }
  }

  private async checkPlace(load: Load): Promise<void> {
    const place = await this.ports.admission.place(this.state.id);
    if (load.place !== undefined && load.place !== place) this.lose(load);
    load.place = place;
  }

  private async overdue(
    load: Load,
    timeoutMs: number,
    isUnderWay: (grabId: string) => boolean,
  ): Promise<readonly OpenProposal[]> {
    if (this.present !== load) return [];
    const { admission, clock } = this.ports;
    const overdue = await admission.overdue(this.state.id, load.loadId, clock.nowMs() - timeoutMs);
    if (overdue === 'lost') {
      this.lose(load);
      return [];
    }
    return overdue.filter(({ grabId }) => !isUnderWay(grabId));
  }

  private async takeOverOrLoad(): Promise<boolean> {
    const { admission, clock, ids, watch } = this.ports;
    const { state } = this;
    const found = await admission.present(state.id);
    const isTrusted = found !== undefined && found.loadId !== this.distrusted;
    if (isTrusted && this.takeOver(found.loadId, found.offset)) return true;
    if (clock.nowMs() < this.notBeforeMs) return false;

    const loadId = ids.next();
    watch.loaded(state, this.proposed());
    const offset = state.lastOffset;
    const holders = [...state.heldByUser.values()];
    if ((await admission.load(state.id, loadId, { offset, free: state.free.toArray(), holders })) === 'lost') {
      // Two that load by turns would never end: who lost waits, and then finds the other's load complete.
      this.notBeforeMs = clock.nowMs() + LOAD_AGAIN_MS;
      return false;
    }
    return this.takeOver(loadId, offset);
  }

  /** Brings a load that stands at `offset` up to date; false when too much has happened since. */
  private takeOver(loadId: string, offset: number): boolean {
    const missing = this.recent.filter((step) => step.offset > offset);
    const isCovered = offset >= this.lastOffset || (missing[0]?.previousOffset ?? Infinity) <= offset;
    if (!isCovered) return false;
    const load: Load = { loadId, place: undefined };
    this.present = load;
    for (const step of missing) void this.apply(load, step);
    return true;
  }

  private async apply(load: Load, { previousOffset, offset, changes }: Step): Promise<void> {
    try {
      const step = { previousOffset, offset };
      if ((await this.ports.admission.apply(this.state.id, load.loadId, step, changes)) === 'lost') this.lose(load);
    } catch (error) {
      this.lose(load);
      this.ports.watch.trouble(this.state, error);
    }
  }

  private lose(load: Load): void {
    if (this.present === load) this.present = undefined;
  }
}
