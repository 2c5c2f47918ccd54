import { type CapOvershoot } from './cap-overshoot';
import { type ReleaseCurve } from './release-curve';
import { type Report } from './report';
import { type TierSeen } from './tier-watch';

/** What tier 1 did, for people: when it came to whom, and what changed. */
export function tierOneLines(report: Report): string[] {
  const { tier1DueAt, tiers, page, releaseCurve, capOvershoot } = report;
  return [
    `  due at ${tier1DueAt} by the plan's timeline; each process, asked for its tier:`,
    ...tiers.map(processLine),
    `  the venue's page was ${pageWord(page.reducedBefore)} before, and ${pageWord(page.reducedInTier1)} in it`,
    ...releaseLines(releaseCurve),
    ...capOvershoot.map(capLine),
    `  payouts that the channel refused: up to ${report.refusedPayoutsInTier1} waited at a time, tried again ${report.reissueAttemptsInTier1} times in tier 1 and ${report.reissueAttemptsAfterTier1} times after it`,
  ];
}

function processLine({ instance, pid, tier, at, source, version, lateMs, clockOffMsMax }: TierSeen): string {
  const when = at === null ? 'never seen in tier 1' : `at ${at} (${signed(lateMs ?? 0)} ms)`;
  return `    ${instance.padEnd(16)} pid ${String(pid).padEnd(8)} tier ${tier} ${when}, plan ${version} from ${source}; clock ${clockOffMsMax ?? '?'} ms off at the most`;
}

const pageWord = (isReduced: boolean | undefined) =>
  isReduced === undefined ? 'not answered' : isReduced ? 'reduced' : 'full';

function releaseLines(curve: ReleaseCurve): string[] {
  const { people, releaseOverMs, perSecond, worstError, errorBound, early, afterMomentMs } = curve;
  const during = perSecond.filter(({ scheduled }) => scheduled > 0);
  const seconds = during.map(({ letIn, scheduled }) => `${letIn}/${scheduled.toFixed(0)}`);
  const later = people - during.reduce((sum, { letIn }) => sum + letIn, 0);
  return [
    `  entry released over ${(releaseOverMs / 1_000).toFixed(1)} s; let in each second, of so many scheduled: ${seconds.join('  ')}; later ${later}`,
    `    the worst second ${percent(worstError)} off (bound for ${people} people: ${percent(errorBound)}); ${early} before their own moment; after it p50 ${afterMomentMs.p50} ms, p99 ${afterMomentMs.p99} ms`,
  ];
}

function capLine({ campaignId, perSecond, per100Ms, bound, answered, surely }: CapOvershoot): string {
  return `  cap on grabs of ${campaignId}: ${perSecond} a second, ${per100Ms.toFixed(1)} in 100 ms (bound ${signed(bound * 100)}%); fullest 100 ms by answers ${answered.grabs} (${signed(Math.round(answered.overshoot * 100))}%), by grabs sent and answered in it ${surely.grabs} (${signed(Math.round(surely.overshoot * 100))}%)`;
}

const percent = (share: number) => `${(share * 100).toFixed(0)}%`;

const signed = (value: number) => `${value < 0 ? '' : '+'}${value}`;
