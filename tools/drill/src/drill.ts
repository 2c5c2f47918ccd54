import { type Plan } from '@floodgate/domain/degradation-plan';
import { type CampaignKind } from './campaigns';
import { type Moment, type TierByHand } from './moment';
import { type World } from './world';

/** A plan with a knob turned. */
export type Turn = (plan: Plan, moment: Moment) => Plan;

/** What came of a load; instants are performance.now(). */
export interface Findings {
  /** Or pieces of work. */
  readonly people: number;
  /** Or calls of the payment channel, where the work is payouts. */
  readonly requests: number;
  /** Of those whose time is known. */
  readonly requestsAtMs: readonly number[];
  /** Of those who were served, or of what was done: when, and after how long. */
  readonly servedAtMs: readonly number[];
  readonly waitsMs: readonly number[];
  /** Served with less than everything. */
  readonly less: number;
  /** What was asked of the database to find all this out. */
  readonly ownStatements: number;
  /** How many came away with what. */
  readonly told: Readonly<Record<string, number>>;
  /** Answers that should not have been, by what they were. */
  readonly errors: Readonly<Record<string, number>>;
}

/** Where a load is run. */
export interface Scene {
  readonly world: Pick<World, 'pageOf' | 'publisher' | 'audit' | 'admin'>;
  readonly campaignId: string;
  /** Differs from every other run's; begins users' ids. */
  readonly runId: string;
  /** From 1, and another for each run of the drill. */
  readonly runNo: number;
  /** performance.now() at comesAtMs. */
  readonly startedAt: number;
}

/** The same for both sides of a drill. */
export interface Load {
  /** Requests of people, or work that a service does by itself. */
  readonly kind: 'people' | 'work';
  /** From the first to come until whoever is not served by then counts as kept out. */
  readonly lastsMs: number;
  /** Before the plan of the round holds. */
  readonly prepare?: (scene: Omit<Scene, 'startedAt'>) => Promise<void>;
  readonly run: (scene: Scene) => Promise<Findings>;
}

/** One knob of the plan, or several that do the same at different places: what it saves, and what it costs people. */
export interface Drill {
  readonly name: string;
  /** Paths of the plan's fields, such as `tier1.caps.grab`. */
  readonly knobs: readonly string[];
  /** What is compared: "off: ..., on: ...". */
  readonly compares: string;
  /** How to read what comes out. */
  readonly reading: string;
  readonly campaign: CampaignKind;
  /** For both sides. */
  readonly tier?: TierByHand;
  /** On top of a plan in which nothing does anything; holds for both sides. */
  readonly both?: Turn;
  readonly off?: Turn;
  readonly on: Turn;
  readonly load: Load;
}
