import { type Role } from '@floodgate/nest-kit';

/** Who may do what. `operator` may do everything, so that a small team needs no other role. */
export const RIGHTS = {
  look: ['plan-author', 'plan-approver', 'sre'],
  /** Drafts, and edits of one's own. Someone on call drafts the plan that breaks the glass. */
  draft: ['plan-author', 'sre'],
  /** Another person than the author, whatever roles they share. */
  approve: ['plan-approver'],
  /** Of what is approved. */
  publish: ['plan-author', 'plan-approver', 'sre'],
  rehearse: ['plan-author', 'plan-approver', 'sre'],
  'set-tier': ['sre'],
  'break-glass': ['sre'],
} as const satisfies Readonly<Record<string, readonly Role[]>>;

export type Right = keyof typeof RIGHTS;

export const entitledTo = (right: Right): readonly Role[] => ['operator', ...RIGHTS[right]];

export function hasRight(roles: readonly Role[], right: Right): boolean {
  const entitled = entitledTo(right);
  return roles.some((role) => entitled.includes(role));
}
