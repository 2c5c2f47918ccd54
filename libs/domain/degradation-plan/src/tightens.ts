import { type DropShares, type Plan, PRIORITIES, type Priority } from './plan';
import { planChanges, type PlanChange, type PlanValue } from './plan-changes';
import { type PlanFault } from './plan-fault';

/**
 * True when whatever `to` admits `from` admits too: every person, at every time, under every timeline and every tier set by hand. Both must be sound.
 * Sufficient, not necessary: what cannot be said field by field counts as looser.
 */
export function tightens(from: Plan, to: Plan): boolean {
  return findLoosening(from, to) === undefined;
}

/** The first field in which `to` may admit what `from` does not; undefined when it tightens. */
export function findLoosening(from: Plan, to: Plan): PlanFault | undefined {
  for (const change of planChanges(from, to)) {
    const reason = ruleOf(change.path)(change, from);
    if (reason !== undefined) return { field: change.path, reason };
  }
  return (
    earlierEntry(from, to) ??
    fewerByHand('tier2.serverDrop', from.tier2.serverDrop.shares, to.tier2.serverDrop.shares) ??
    fewerByHand('tier3.clientDrop', from.tier3.clientDrop.shares, to.tier3.clientDrop.shares)
  );
}

/** Why a change may admit more; undefined when it cannot. */
type Rule = (change: PlanChange, from: Plan) => string | undefined;

/** null is no limit, the largest there is. */
const sizeOf = (value: PlanValue) => (value === null ? Infinity : Number(value));

const anything: Rule = () => undefined;
const nothing: Rule = () => 'must stay as it is';
const notLarger: Rule = ({ from, to }) => (sizeOf(to) > sizeOf(from) ? 'must not be larger' : undefined);
const notSmaller: Rule = ({ from, to }) => (sizeOf(to) < sizeOf(from) ? 'must not be smaller' : undefined);
const only =
  (value: PlanValue): Rule =>
  ({ to }) =>
    to === value ? undefined : `may only become ${value}`;

const laterPriority: Rule = ({ from, to }) =>
  PRIORITIES.indexOf(to as Priority) < PRIORITIES.indexOf(from as Priority)
    ? 'must not be shed later than before'
    : undefined;

/** Another round draws other people, unless everybody was drawn. */
const otherRound: Rule = (_, { tier1 }) => (tier1.lottery.drawnShare === 1 ? undefined : 'must stay as it is');

/**
 * What may change, and how; a field that is not here must stay as it is, so a new knob of the plan is safe before somebody thinks about it. Steps of a ramp and
 * windows of a drop that do not coincide let in now one, now another; a longer tier 1 after T0 keeps a tier set by hand from releasing the entry anew.
 */
const RULES: readonly (readonly [path: RegExp, rule: Rule])[] = [
  [/^title$/, anything],
  [/^tier1\.entry\.countdown$/, anything],
  [/^manualTtlMs$/, notSmaller],
  [/^priorities\./, laterPriority],
  [/^(normal|tier1)\.(caps|consumers)\./, notLarger],
  [/^(normal|tier1|tier2|tier3)\.pollIntervalMs$/, notSmaller],
  [/^tier1\.beforeMs$/, notSmaller],
  [/^tier1\.entry\.(offsetMs|releaseOverMs)$/, notSmaller],
  [/^tier1\.entry\.hiddenFromSignedOut$/, only(true)],
  [/^tier1\.room\.(beforeMs|perSecond)$/, notLarger],
  [/^tier1\.(participateStatus|reissue)$/, only('off')],
  [/^tier1\.(payoutQueued|pageReduced)$/, only(true)],
  [/^(tier1|tier2)\.challenge$/, only('on')],
  [/^tier1\.lottery\.drawnShare$/, notLarger],
  [/^tier1\.lottery\.roundMs$/, otherRound],
  [/^tier[23]\.(server|client)Drop\.shares\./, notSmaller],
];

const ruleOf = (path: string): Rule => RULES.find(([pattern]) => pattern.test(path))?.[1] ?? nothing;

/** Within tier 1 a tier set by hand releases the entry with tier 1's own release, which must not lie before the old tier 1. */
function earlierEntry(from: Plan, to: Plan): PlanFault | undefined {
  if (to.tier1.beforeMs === from.tier1.beforeMs || to.tier1.entry.offsetMs >= -from.tier1.beforeMs) return undefined;
  return { field: 'tier1.beforeMs', reason: 'must stay as it is while the entry is released before tier 1 begins' };
}

/** A share that is set by hand takes the place of browsing's, and the others scale with it: then proportions count. */
function fewerByHand(path: string, from: DropShares, to: DropShares): PlanFault | undefined {
  const fewer = PRIORITIES.find((priority) => to[priority] * from.browse < from[priority] * to.browse);
  if (fewer === undefined) return undefined;
  return { field: `${path}.shares.${fewer}`, reason: 'would drop fewer once the share is set by hand' };
}
