import { OperatorError } from '@floodgate/tools/stack';
import { type Crowd, until } from './crowd';
import { type Measurements } from './measurements';
import { type Operators } from './prepare';
import { gatherAtMs, saleId, splitId } from './scene';

/** Longer than anyone comes to the split. */
const SWITCH_OFF_FOR_MS = 120_000;
const TIER2_FOR_MS = 2_500;

/**
 * What an operator does by hand: switches ParticipateStatus off for the split, and has the sale's opening shed a share of
 * the grabs. Tier 1 needs nobody.
 */
export async function directPlan(
  { author }: Operators,
  crowd: Crowd,
  measurements: Measurements,
  note: (line: string) => void,
): Promise<void> {
  const { scene } = crowd;
  const setTier = async (what: string, tier: Parameters<typeof author.setTier>[0]) => {
    try {
      await author.setTier(tier);
      note(what);
      return true;
    } catch (error) {
      // The plan service may be the one that was killed; the last plan holds without it.
      note(`${what}: not done, ${error instanceof OperatorError ? error.message : 'the plan service does not answer'}`);
      return false;
    }
  };
  await until(crowd, gatherAtMs(scene));
  const isOff = await setTier('the operator switches ParticipateStatus off for the split', {
    tier: 0,
    campaignId: splitId(scene),
    ttlMs: SWITCH_OFF_FOR_MS,
    participateStatus: 'off',
  });
  if (isOff) await measurements.participateSwitchedOff();
  await until(crowd, scene.saleOpensAtMs);
  await setTier(`the operator sets tier 2 for the sale, for ${TIER2_FOR_MS / 1000} s`, {
    tier: 2,
    campaignId: saleId(scene),
    ttlMs: TIER2_FOR_MS,
  });
}
