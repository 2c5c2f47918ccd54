import { type Outcome } from '@floodgate/kernel';

/** An expected no. `detail` is for people and holds no secret; `field` names what is wrong in the request. */
export interface Refusal<O extends Outcome> {
  readonly outcome: O;
  readonly detail: string;
  readonly field?: string;
  readonly pollAfterMs?: number;
}
