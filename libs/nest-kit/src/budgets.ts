import { z } from 'zod';

const budgetMs = z.coerce.number().int().min(1).max(3_600_000);

/**
 * How long each hop may take, in one table that every service reads whole: a caller gives up at its own budget, so what it calls must be done before.
 * Give all services the same values. findBudgetMisfit says whether they fit.
 */
export const budgetShape = {
  /** How long an HTTP request may take. The SDK waits 5 s for an answer, so more would be spent on nobody. */
  BUDGET_REQUEST_MS: budgetMs.default(5_000),
  /** How long a grab may wait for its answer in the gateway; then the client is told to ask again with the same grabId. */
  BUDGET_GRAB_MS: budgetMs.default(3_000),
  /** How long inventory may take to decide a grab; then it answers WAIT, and the same grabId asked again gets the decision. */
  BUDGET_INVENTORY_GRAB_MS: budgetMs.default(2_000),
  /** How long one inventory instance may take to say what became of a grab, or of a pool's packets; then the next one is asked. */
  BUDGET_INVENTORY_READ_MS: budgetMs.default(1_000),
  /** How long one inventory instance may take to count its pools. Not critical: without it the others' counts are shown. */
  BUDGET_POOL_COUNTS_MS: budgetMs.default(1_000),
  /** How long a call of activity may take. */
  BUDGET_ACTIVITY_MS: budgetMs.default(1_500),
  /** How long activity may take to say what a person has done. Not critical: without it the entry says nothing of it. */
  BUDGET_PARTICIPATE_STATUS_MS: budgetMs.default(500),
  /** How long a call of card-collection may take. */
  BUDGET_CARD_COLLECTION_MS: budgetMs.default(1_500),
  /** How long a call of order may take, payments included. */
  BUDGET_ORDER_MS: budgetMs.default(3_000),
  /** How long the payment channel may take to collect while a person waits; then the payment is pending and found out about later. */
  BUDGET_ORDER_CHANNEL_MS: budgetMs.default(2_000),
  /** How long a call of prize-payout may take. */
  BUDGET_PRIZE_PAYOUT_MS: budgetMs.default(1_500),
  /** How long prize-payout may take to count payouts. Not critical: without it packets are shown without their seed. */
  BUDGET_PAYOUT_COUNT_MS: budgetMs.default(1_000),
} as const;

export type BudgetVariable = keyof typeof budgetShape;
export type BudgetConfig = Readonly<Record<BudgetVariable, number>>;

/** Every hop, and where its budget stands. */
export const BUDGETS = {
  'gateway.request': 'BUDGET_REQUEST_MS',
  'gateway.grab': 'BUDGET_GRAB_MS',
  'inventory.grab': 'BUDGET_INVENTORY_GRAB_MS',
  'inventory.read': 'BUDGET_INVENTORY_READ_MS',
  'inventory.count-pools': 'BUDGET_POOL_COUNTS_MS',
  'activity.call': 'BUDGET_ACTIVITY_MS',
  'activity.participate-status': 'BUDGET_PARTICIPATE_STATUS_MS',
  'card-collection.call': 'BUDGET_CARD_COLLECTION_MS',
  'order.call': 'BUDGET_ORDER_MS',
  'order.channel': 'BUDGET_ORDER_CHANNEL_MS',
  'prize-payout.call': 'BUDGET_PRIZE_PAYOUT_MS',
  'prize-payout.count-payouts': 'BUDGET_PAYOUT_COUNT_MS',
} as const satisfies Readonly<Record<string, BudgetVariable>>;

export type HopName = keyof typeof BUDGETS;

interface BudgetPath {
  readonly caller: HopName;
  /** What the caller does meanwhile, as in "no time for a payment". */
  readonly what: string;
  /** The hops of the longest way, one after the other: who is asked again, or instead, stands here once for each time. */
  readonly hops: readonly HopName[];
}

/** Every way that is the longest of its kind. A campaign that is not known yet costs a call of activity first. */
const PATHS: readonly BudgetPath[] = [
  { caller: 'gateway.grab', what: 'a grab', hops: ['inventory.grab'] },
  { caller: 'gateway.request', what: 'the result of a grab', hops: ['inventory.read', 'inventory.read'] },
  { caller: 'gateway.request', what: 'an entry', hops: ['activity.call', 'activity.participate-status'] },
  {
    caller: 'gateway.request',
    what: 'a qualification',
    hops: ['activity.call', 'activity.call', 'card-collection.call'],
  },
  { caller: 'gateway.request', what: 'an order', hops: ['order.call'] },
  { caller: 'gateway.request', what: 'a payout', hops: ['prize-payout.call'] },
  {
    caller: 'gateway.request',
    what: "a pool's packets",
    hops: ['activity.call', 'inventory.read', 'inventory.read', 'prize-payout.count-payouts'],
  },
  { caller: 'gateway.request', what: "a campaign's counts", hops: ['activity.call', 'inventory.count-pools'] },
  { caller: 'order.call', what: 'a payment', hops: ['order.channel'] },
];

/** One sentence about the first way that does not fit into its caller's budget, naming both; undefined when all fit. */
export function findBudgetMisfit(budgets: BudgetConfig): string | undefined {
  for (const { caller, what, hops } of PATHS) {
    const ownMs = budgets[BUDGETS[caller]];
    const neededMs = hops.reduce((sum, hop) => sum + budgets[BUDGETS[hop]], 0);
    if (neededMs <= ownMs) continue;
    const parts = hops.map((hop) => `${BUDGETS[hop]}=${budgets[BUDGETS[hop]]}`).join(' + ');
    return `${BUDGETS[caller]}=${ownMs} is too short for ${what}, which may take ${parts} ms: ${caller} would give up before its callees`;
  }
  return undefined;
}

/** The budgets that stand in a configuration; undefined when it is none of a service. */
export function budgetsIn(config: unknown): BudgetConfig | undefined {
  if (typeof config !== 'object' || config === null) return undefined;
  const all = Object.keys(budgetShape) as BudgetVariable[];
  if (!all.every((name) => typeof (config as Partial<BudgetConfig>)[name] === 'number')) return undefined;
  const budgets = config as BudgetConfig;
  return Object.fromEntries(all.map((name) => [name, budgets[name]])) as unknown as BudgetConfig;
}
