import { type Health } from './health';
import { type Metrics } from './metrics';
import { type PlanFollower, type PlanStatus } from './plan-follower';
import { PLAN_SOURCES } from './plan-follower-snapshot';

/** A silence that no busy second explains. */
const RECEIVER_SILENT_MS_MAX = 10_000;
/** Polls in vain until it is said. */
const POLLS_MAX = 3;
/** Campaigns that metrics tell the tier of, those in the highest first. */
const CAMPAIGNS_MAX = 100;

type Follower = Pick<PlanFollower, 'status' | 'tiers'>;

/** Tells in health and metrics which plan a process follows, where from, and how its receiver is. */
export function showPlan(follower: Follower, pollEveryMs: number, health: Health, metrics: Metrics): void {
  health.addNotice('plan', () => {
    const complaint = planComplaint(follower.status, pollEveryMs);
    if (complaint !== undefined) throw new Error(complaint);
  });
  const gauge = (name: string, help: string, value: (status: PlanStatus) => number) =>
    metrics.gauge(name, help, [], (one) => one.set(value(follower.status)));
  gauge('plan_version', 'Version of the plan snapshot in force.', ({ version }) => version);
  gauge(
    'plan_unconfirmed_seconds',
    'Since Redis last held the plan in force.',
    ({ unconfirmedForMs }) => unconfirmedForMs / 1_000,
  );
  gauge(
    'plan_contradicted',
    '1 while another plan is known under the version in force: somebody must look.',
    (status) => Number(status.isContradicted),
  );
  gauge('plan_receiver_up', '1 while the plan receiver gives signs of life.', (status) => Number(!isSilent(status)));
  gauge('plan_receiver_restarts', 'How often the plan receiver has died.', (status) => status.receiverRestarts);
  metrics.gauge('plan_source', '1 for where the plan in force came from.', ['source'], (one) => {
    const { source } = follower.status;
    for (const each of PLAN_SOURCES) one.set({ source: each }, each === source ? 1 : 0);
  });
  metrics.gauge('plan_tier', `The tier of up to ${CAMPAIGNS_MAX} campaigns asked about.`, ['campaign'], (one) => {
    one.reset();
    for (const { campaignId, tier } of follower.tiers(CAMPAIGNS_MAX)) one.set({ campaign: campaignId }, tier);
  });
}

/** What somebody should know of the plan that a process follows; undefined when all is well. */
export function planComplaint(status: PlanStatus, pollEveryMs: number): string | undefined {
  const { version, source, unconfirmedForMs, isContradicted } = status;
  if (isSilent(status)) return `the plan receiver has been silent for ${seconds(status.receiverSilentMs)}`;
  if (isContradicted) return `another plan was received under version ${version}; the first one stays in force`;
  if (source === 'built-in') return 'the built-in plan is in force: none has ever been received';
  if (source === 'disk') return `version ${version} from disk is in force: Redis has not confirmed it since the start`;
  if (unconfirmedForMs > POLLS_MAX * pollEveryMs) {
    return `version ${version} is in force: Redis has not confirmed it for ${seconds(unconfirmedForMs)}`;
  }
  return undefined;
}

const isSilent = ({ receiverSilentMs }: PlanStatus) => receiverSilentMs > RECEIVER_SILENT_MS_MAX;

const seconds = (ms: number) => `${Math.round(ms / 1_000)} s`;
