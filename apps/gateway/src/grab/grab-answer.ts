import { type inventoryV1, type Outcome as OutcomeMessage } from '@floodgate/contracts';
import { fen, isOutcome, type Outcome } from '@floodgate/kernel';
import { type Refusal } from '@floodgate/nest-kit';
import { refusal } from '../admission/gate';
import { settlementName } from '../http/campaign-json';
import { type GrantedView } from './grab-schemas';

/** The answer of a grab or of a result read, as HTTP tells it. */
export type GrabView = GrantedView | { readonly outcome: 'GRAB_ENDED'; readonly grabId: string };

export type GrabResult =
  { readonly kind: 'view'; readonly view: GrabView } | { readonly kind: 'refusal'; readonly refusal: Refusal };

const PREFIX = 'OUTCOME_';

/** The kernel's name of a contracts outcome. UNSPECIFIED, which no service should send, is INTERNAL. */
export function outcomeName(outcome: OutcomeMessage): Outcome {
  const name = outcome.slice(PREFIX.length);
  return isOutcome(name) ? name : 'INTERNAL';
}

/** `grabId` is the grab that was asked about. */
export function toGrabResult(answer: inventoryV1.GrabAnswer, grabId: string): GrabResult {
  const outcome = outcomeName(answer.outcome);
  switch (outcome) {
    case 'GRANTED':
    case 'ALREADY_GRANTED': {
      const { unitNo } = answer;
      const view = {
        outcome,
        unitNo,
        amountFen: fen(answer.amountFen),
        grabId: answer.grabId,
        settlement: settlementName(answer.settlement),
      };
      return { kind: 'view', view };
    }
    case 'GRAB_ENDED':
      return { kind: 'view', view: { outcome, grabId } };
    default:
      return { kind: 'refusal', refusal: refusal(outcome, answer.pollAfterMs > 0 ? answer.pollAfterMs : undefined) };
  }
}
