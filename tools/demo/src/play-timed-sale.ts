import { setTimeout as sleep } from 'node:timers/promises';
import { type FloodgateClient, type Order } from '@floodgate/client';
import { type Person } from './choices';
import { type Crowd, until } from './crowd';
import { type Doubt, type Grab, grabAndTell } from './grab-and-tell';
import { isFinal, keepAsking } from './keep-asking';
import { SALE_POOL, saleId } from './scene';

const SEEN_WITHIN_MS = 60_000;
const LOOK_AGAIN_MS = 500;

/** One person's way through the timed sale, from the opening to a paid order, or to a unit that goes back on sale. */
export async function playTimedSale(
  crowd: Crowd,
  person: Person,
  client: FloodgateClient,
  doubts: Doubt[],
): Promise<void> {
  const { scene, tally } = crowd;
  await until(crowd, scene.saleOpensAtMs - LOOK_AGAIN_MS);
  tally.reached('grabbed on sale');
  const press = {
    campaignId: saleId(scene),
    poolId: SALE_POOL,
    t0Ms: scene.saleOpensAtMs,
    patienceMs: scene.spreadMs + person.patience * scene.payWithinMs,
  };
  const granted = await grabAndTell(crowd, person, client, press, doubts);
  if (granted === undefined) return;
  tally.reached('unit granted');
  const grantedAtMs = Date.now();
  const grab = { campaignId: press.campaignId, poolId: SALE_POOL, grabId: granted.grabId };
  const seen = await keepAsking(() => client.order(grab), SEEN_WITHIN_MS);
  if (seen.outcome !== 'OK') return tally.turnedAway('order', seen.outcome);
  tally.took('granted to order', Date.now() - grantedAtMs);
  tally.reached('order created');
  await sleep(person.thinkMs);
  await decide(crowd, person, client, grab, seen.order);
}

async function decide(
  crowd: Crowd,
  person: Person,
  client: FloodgateClient,
  grab: Grab,
  { orderId, checkoutToken }: Order,
): Promise<void> {
  switch (person.payment) {
    case 'pay': {
      const startedAtMs = Date.now();
      const pay = () => client.pay(orderId, checkoutToken ?? '', `${person.userId}-pay`);
      const paid = await keepAsking(pay, SEEN_WITHIN_MS);
      if (paid.outcome === 'OK') crowd.tally.took('pay to paid', Date.now() - startedAtMs);
      else crowd.tally.turnedAway('payment', paid.outcome);
      break;
    }
    case 'cancel':
      await keepAsking(() => client.cancelOrder(orderId), SEEN_WITHIN_MS);
      break;
    case 'forget':
      break;
  }
  await awaitEnd(crowd, client, grab);
}

/** Looks at the order until it is settled one way or the other. */
async function awaitEnd({ tally }: Crowd, client: FloodgateClient, grab: Grab): Promise<void> {
  const giveUpAtMs = Date.now() + SEEN_WITHIN_MS;
  while (Date.now() < giveUpAtMs) {
    const seen = await client.order(grab);
    if (seen.outcome !== 'OK' && isFinal(seen.outcome)) return tally.turnedAway('order', seen.outcome);
    if (seen.outcome === 'OK') {
      switch (seen.order.state) {
        case 'PAID':
          return tally.reached('order paid');
        case 'CANCELLED':
          return tally.reached('order cancelled');
        case 'EXPIRED':
          return tally.reached('order expired');
        case 'PENDING':
          break;
      }
    }
    await sleep(LOOK_AGAIN_MS);
  }
  tally.turnedAway('order', 'PENDING');
}
