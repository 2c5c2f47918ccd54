import { type RunningApp } from '@floodgate/tools/stack';
import { type Invariant } from './audit';
import { type CapOvershoot } from './cap-overshoot';
import { type Check } from './checks';
import { type KillNote } from './kill';
import { type Sample } from './metrics';
import { type PlanOutage } from './plan-outage';
import { type DurableSettings, type StateCounts } from './readings';
import { type ReleaseCurve } from './release-curve';
import { CASH_POOL, SALE_POOL } from './scene';
import { type Percentiles, type Stage, type Tally } from './tally';
import { type TierOneSeen } from './tier-one';
import { type TierSeen } from './tier-watch';

/** One layer of the funnel: how many came to it, how many it passed on, and why the others were refused. */
export interface Layer {
  readonly campaign: 'card split' | 'timed sale' | 'both';
  readonly layer: string;
  readonly offered: number;
  readonly passed: number;
  readonly refused: Readonly<Record<string, number>>;
}

export interface GrantCost {
  readonly grants: number;
  readonly windowMs: number;
  /** By kind, of all services together, in the window. */
  readonly statements: Readonly<Record<string, number>>;
  readonly perGrant: number;
  /** The same without what the services run in as long a time when nobody comes. */
  readonly perGrantAboveIdle: number;
}

export interface Report {
  readonly ok: boolean;
  readonly runId: string;
  readonly seed: string;
  readonly users: number;
  readonly durationMs: number;
  readonly apps: readonly RunningApp[];
  readonly invariants: readonly Invariant[];
  readonly funnel: readonly Layer[];
  readonly outcomes: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly latencyMs: Readonly<Record<string, Percentiles>>;
  readonly grantCost: GrantCost;
  /** Calls before and after the operator switched them off; null when that could not be done. */
  readonly participateStatus: { readonly beforeSwitchedOff: number; readonly whileSwitchedOff: number } | null;
  /** When the plan's timeline brings the card split's tier 1; database time, as all that follows of it. */
  readonly tier1DueAt: string;
  /** Every process that follows the plan, and when it was first seen in tier 1. */
  readonly tiers: readonly TierSeen[];
  readonly page: TierOneSeen['page'];
  /** By the payment channel's own record: attempts at payouts that it had refused before. */
  readonly reissueAttemptsInTier1: number;
  readonly reissueAttemptsAfterTier1: number;
  /** The most payouts that stood refused at one time in tier 1. */
  readonly refusedPayoutsInTier1: number;
  readonly releaseCurve: ReleaseCurve;
  /** Of the split's grabs and of the sale's. */
  readonly capOvershoot: readonly CapOvershoot[];
  /** Each must be ok, as each invariant. */
  readonly checks: readonly Check[];
  readonly planOutage: PlanOutage | null;
  readonly killed: KillNote | null;
  readonly unexpectedEnds: readonly string[];
  /** What had not come to its end in time; empty when everything had. */
  readonly unsettled: readonly string[];
  readonly durableSettings: DurableSettings;
  readonly clientLog: string;
}

export interface FunnelSources {
  readonly users: number;
  readonly tally: Tally;
  /** floodgate_grab_answers_total of the gateway. */
  readonly grabAnswers: readonly Sample[];
  readonly payouts: StateCounts;
  readonly orders: StateCounts;
}

const ADMITTED_STEP = 'inventory';
const GRANTS = new Set(['GRANTED', 'ALREADY_GRANTED', 'GRAB_ENDED']);

/** Layers that people pass, as their clients saw it; between them what the gateway counted, an attempt each. */
export function funnelOf({ users, tally, grabAnswers, payouts, orders }: FunnelSources): Layer[] {
  const people = (
    campaign: Layer['campaign'],
    layer: string,
    from: Stage | number,
    to: Stage,
    refusedAt: string,
  ): Layer => ({
    campaign,
    layer,
    offered: typeof from === 'number' ? from : tally.count(from),
    passed: tally.count(to),
    refused: tally.refusedAt(refusedAt),
  });
  return [
    people('card split', 'entry', users, 'entered', 'entry'),
    people('card split', 'tasks', 'entered', 'did tasks', 'tasks'),
    people('card split', 'draws to a set', 'did tasks', 'completed a set', 'draws'),
    people('card split', 'redemption to qualification', 'completed a set', 'qualified', 'qualification'),
    people('card split', 'gradual entry at T0', 'came back', 'let in at T0', 'entry at T0'),
    people('card split', 'grab', 'grabbed a packet', 'packet granted', `grab ${CASH_POOL}`),
    people('timed sale', 'grab', 'grabbed on sale', 'unit granted', `grab ${SALE_POOL}`),
    ...gatewayLayers(grabAnswers),
    people('card split', 'payout', 'packet granted', 'packet arrived', 'payout'),
    {
      campaign: 'card split',
      layer: 'payouts in the books',
      offered: sum(payouts),
      passed: payouts['SETTLED'] ?? 0,
      refused: without(payouts, 'SETTLED'),
    },
    people('timed sale', 'order', 'unit granted', 'order created', 'order'),
    {
      campaign: 'timed sale',
      layer: 'orders in the books',
      offered: sum(orders),
      passed: orders['PAID'] ?? 0,
      refused: without(orders, 'PAID'),
    },
  ];
}

/** Grab attempts at the gateway: what it refused by itself, step by step, and what inventory then decided. */
function gatewayLayers(samples: readonly Sample[]): Layer[] {
  const total = samples.reduce((count, { value }) => count + value, 0);
  const own = samples.filter(({ labels }) => labels['step'] !== ADMITTED_STEP);
  const decided = samples.filter(({ labels }) => labels['step'] === ADMITTED_STEP);
  const admitted = decided.reduce((count, { value }) => count + value, 0);
  const refused = decided.filter(({ labels }) => !GRANTS.has(labels['outcome'] ?? ''));
  return [
    {
      campaign: 'both',
      layer: 'grab attempts at the gateway',
      offered: total,
      passed: admitted,
      refused: byLabel(own, ({ step = '', outcome = '' }) => `${outcome} (${step})`),
    },
    {
      campaign: 'both',
      layer: 'grab attempts at the stock',
      offered: admitted,
      passed: admitted - refused.reduce((count, { value }) => count + value, 0),
      refused: byLabel(refused, ({ outcome = '' }) => outcome),
    },
  ];
}

function byLabel(samples: readonly Sample[], name: (labels: Sample['labels']) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { labels, value } of samples) {
    if (value > 0) counts[name(labels)] = (counts[name(labels)] ?? 0) + value;
  }
  return counts;
}

const sum = (counts: StateCounts) => Object.values(counts).reduce((total, count) => total + count, 0);

const without = (counts: StateCounts, state: string) =>
  Object.fromEntries(Object.entries(counts).filter(([name]) => name !== state));
