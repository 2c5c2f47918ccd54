import { type PlanSnapshot } from '@floodgate/domain/degradation-plan';
import { openSnapshot, type RefusalReason } from './plan-follower-snapshot';

/** What becomes of a signed text that is offered: `same` is what is in force, perhaps signed with another key. */
export type Intake =
  | { readonly kind: 'taken'; readonly snapshot: PlanSnapshot }
  | { readonly kind: 'same'; readonly isResigned: boolean }
  | { readonly kind: 'refused'; readonly reason: RefusalReason };

/**
 * Which snapshot is in force: of all the genuine ones that were offered the one with the highest version, however often, late or out of order they came.
 * Of two with one version the first, for nobody can tell which is the right one.
 */
export class PlanIntake {
  private inForce = { signed: '', version: 0, hash: '' };

  constructor(private readonly publicKeys: readonly string[]) {}

  /** The signed text in force; empty before the first. */
  get signed(): string {
    return this.inForce.signed;
  }

  get version(): number {
    return this.inForce.version;
  }

  offer(signed: string): Intake {
    const { inForce } = this;
    // What each poll brings is nearly always this, and checking a signature takes 0.3 ms.
    if (signed !== '' && signed === inForce.signed) return { kind: 'same', isResigned: false };
    const opened = openSnapshot(signed, this.publicKeys);
    if (!opened.ok) return { kind: 'refused', reason: opened.reason };
    const { snapshot } = opened;
    const { version, hash } = snapshot;
    if (version < inForce.version) return { kind: 'refused', reason: 'older' };
    if (version === inForce.version && hash !== inForce.hash) return { kind: 'refused', reason: 'conflict' };
    this.inForce = { signed, version, hash };
    return version === inForce.version ? { kind: 'same', isResigned: true } : { kind: 'taken', snapshot };
  }
}
