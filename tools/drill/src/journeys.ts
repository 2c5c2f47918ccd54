import { POOL, TASK } from './campaigns';
import { type Journey } from './crowd';

export const toVenue: Journey = ({ page, campaignId }) => page.venue(campaignId);

export const toEntry: Journey = async ({ page, campaignId, leftMs }) => {
  const entered = await page.enter(campaignId, { timeBudgetMs: leftMs() });
  return entered.outcome === 'OK' ? { outcome: 'OK', less: entered.status === undefined } : entered;
};

/** Presses the button when the countdown is over, and waits from then on. */
export const toEntryByCountdown: Journey = async (person) => {
  const { page, campaignId, leftMs } = person;
  const isOver = await new Promise<boolean>((resolve) => {
    const giveUp = setTimeout(() => resolve(false), leftMs());
    const stop = page.countdown(campaignId, ({ leftMs: untilEntryMs }) => {
      if (untilEntryMs > 0) return;
      clearTimeout(giveUp);
      resolve(true);
    });
    giveUp.unref();
    setTimeout(stop, leftMs()).unref();
  });
  if (!isOver) return { outcome: 'NOT_OPEN_YET' };
  const since = performance.now();
  return { ...(await toEntry(person)), since };
};

/** Not signed in: presses the entry where the page shows one, and is told to sign in. */
export const pastTheEntry: Journey = async ({ page, campaignId }) => {
  const policy = await page.policy(campaignId);
  if (policy?.entry.hiddenFromSignedOut === true) return { outcome: 'OK', less: true };
  return page.enter(campaignId);
};

/** A page as the venue's answer says: all of it, or what the moment needs. */
export const wholePage: Journey = async ({ page, campaignId }) => {
  const venue = await page.venue(campaignId);
  if (venue.outcome !== 'OK') return venue;
  if (venue.reduced) return { outcome: 'OK', less: true };
  const [cards] = await Promise.all([page.cards(campaignId), page.qualification(campaignId)]);
  return cards;
};

export const toTask: Journey = ({ page, campaignId }) => page.completeTask(campaignId, TASK);
export const toDraw: Journey = ({ page, campaignId }) => page.draw(campaignId);
export const toCards: Journey = ({ page, campaignId }) => page.cards(campaignId);
export const toRedeem: Journey = ({ page, campaignId }) => page.redeem(campaignId);
export const toQualification: Journey = ({ page, campaignId, leftMs }) =>
  page.qualification(campaignId, { timeBudgetMs: leftMs() });

/** Of an order that is none: the answer says that the payment got as far as the order service. */
export const toPay: Journey = async ({ page, userId }) => {
  const told = await page.pay(`order-of-${userId}`, 'no-token');
  const isFromTheService = told.outcome === 'INVALID_REQUEST' && told.field === 'orderId';
  return isFromTheService ? { outcome: 'OK' } : told;
};

export const toGrab: Journey = ({ page, campaignId, leftMs }) =>
  page.grab(campaignId, POOL, { timeBudgetMs: leftMs(), roomTimeMs: leftMs() });

/** Whoever is not drawn comes again when told that another round is drawn. */
export const toGrabEachRound: Journey = async (person) => {
  const { page, campaignId, leftMs } = person;
  for (;;) {
    const told = await page.grab(campaignId, POOL, { timeBudgetMs: leftMs() });
    if (told.outcome !== 'NOT_DRAWN' || told.pollAfterMs === undefined || told.pollAfterMs > leftMs()) return told;
    const { pollAfterMs } = told;
    await new Promise((resolve) => setTimeout(resolve, pollAfterMs));
  }
};

/** Looks again and again until the money has arrived. */
export const toPayout: Journey = async ({ page, userId, campaignId, leftMs }) => {
  const paid = await page.awaitPayout({ campaignId, poolId: POOL, grabId: `grab-of-${userId}` }, leftMs());
  if (paid.outcome !== 'OK') return paid;
  return { outcome: paid.payout.state === 'SETTLED' ? 'OK' : 'WAIT' };
};
