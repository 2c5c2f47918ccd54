/** `npm start`: leaves every app running, with a card split and a sale to try, and says how. */
import { setTimeout as sleep } from 'node:timers/promises';
import { loadEnvironment, runTool, startApps } from '@floodgate/tools/stack';
import { publishCampaigns, signInOperators } from './prepare';
import { StoreReader } from './readings';
import { cardSplit, SALE_POOL, saleId, type Scene, splitId, TASKS, timedSale } from './scene';

const USERS = 1_000;
const SALE_OPENS_AFTER_MS = 3_000;
/** Long enough to do the tasks by hand first. */
const SPLIT_AFTER_MS = 600_000;
const SALE_LASTS_MS = 24 * 3_600_000;
const PAY_WITHIN_MS = 300_000;

void runTool(async () => {
  const environment = loadEnvironment('dev');
  const say = (line: string) => process.stdout.write(`[start] ${line}\n`);
  say('starting seven apps');
  const stack = await startApps(environment, { leave: true, say });
  const stores = await StoreReader.open(environment);
  const nowMs = await stores.nowMs();
  const readAtMs = Date.now();
  await stores.close();
  const scene: Scene = {
    runId: `s${nowMs.toString(36)}`,
    startMs: nowMs,
    splitAtMs: nowMs + SPLIT_AFTER_MS,
    saleOpensAtMs: nowMs + SALE_OPENS_AFTER_MS,
    packets: 100,
    saleUnits: 25,
    releaseMs: 4_000,
    spreadMs: 1_000,
    payWithinMs: PAY_WITHIN_MS,
  };
  const sale = timedSale(scene, SALE_LASTS_MS);
  await publishCampaigns(await signInOperators(stack), [cardSplit(scene, USERS), sale]);
  await sleep(Math.max(0, scene.saleOpensAtMs - nowMs - (Date.now() - readAtMs)));
  process.stdout.write(howToTry(stack.urlOf('gateway'), stack.urlOf('degradation-plan'), scene));
  return 0;
});

function howToTry(gateway: string, plans: string, scene: Scene): string {
  const split = `${gateway}/campaigns/${splitId(scene)}`;
  const sale = `${gateway}/campaigns/${saleId(scene)}`;
  const grab = `${sale}/pools/${SALE_POOL}/grabs/my-first-grab`;
  const signed = `-H "authorization: Bearer $TOKEN"`;
  // Not curl's --json, which Ubuntu 22.04 does not have yet.
  const body = (json: string) => `-H 'content-type: application/json' -d '${json}'`;
  return `
Everything runs. The API's page: ${gateway}/docs (machines: ${gateway}/openapi.json); plans and tiers: ${plans}/docs

To try it, sign in as anyone first:
  TOKEN=$(curl -s -X POST ${gateway}/dev/tokens ${body('{"userId":"me"}')} | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')

The sale is open: grab a unit, look at the order, pay it within five minutes with its checkoutToken.
  curl -s -X PUT ${grab} ${signed}
  curl -s ${grab}/order ${signed}
  curl -s -X POST ${gateway}/orders/ORDER_ID/payments ${signed} ${body('{"paymentId":"my-payment","checkoutToken":"CHECKOUT_TOKEN"}')}

The card split is at ${new Date(scene.splitAtMs).toISOString()}: do a task, draw, and redeem a set of three kinds.
  curl -s ${split}/venue
  curl -s -X POST ${split}/tasks/${TASKS[0]}/completions ${signed} ${body('{}')}
  curl -s -X POST ${split}/draws ${signed} ${body('{"drawId":"my-draw-1"}')}
  curl -s -X POST ${split}/redemptions ${signed} ${body('{}')}
  curl -s ${split}/qualification ${signed}

npm stop ends the apps; npm run infra -- down ends the servers.
`;
}
