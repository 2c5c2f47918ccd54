import { isId } from '@floodgate/kernel';
import { bearerToken, Identities, KEY_POLL_AFTER_MS, type Refusal } from '@floodgate/nest-kit';
import { Inject, Injectable } from '@nestjs/common';
import { type Config, CONFIG } from '../config';
import { PreparedRefusal } from '../grab/raw-answer';
import { refusal } from './gate';
import { StockLevels } from './stock-levels';
import { type Walk } from './walk';

/** Largest body of a participant's request, in bytes: a signed token and little else. */
export const BODY_BYTES_MAX = 4 * 1024;

const POLL_AFTER_MAX_MS = 3_600_000;

/** Refusals in the same words every time. */
const BODY_TOO_LARGE = new PreparedRefusal({
  ...refusal('INVALID_REQUEST', undefined, 'the body is too large'),
  field: 'body',
});
const NO_CAMPAIGN = new PreparedRefusal(refusal('NO_SUCH_CAMPAIGN', undefined, 'no published campaign has this id'));
const NO_POOL = new PreparedRefusal(refusal('NO_SUCH_CAMPAIGN', undefined, 'the campaign has no such pool'));
const CLOSED = new PreparedRefusal(refusal('CLOSED'));
const SOLD_OUT = new PreparedRefusal(refusal('SOLD_OUT'));
const SIGNED_OUT = new PreparedRefusal(refusal('SIGNED_OUT'));
const KEY_NOT_KNOWN_YET = new PreparedRefusal(refusal('TRY_LATER', KEY_POLL_AFTER_MS));

/** Ids that can be none, and bodies that say themselves that they are too large. */
@Injectable()
export class RouteAndSize {
  readonly name = 'route-and-size';

  refuse({ raw, target: { campaignId, poolId, grabId } }: Walk): Refusal | undefined {
    if (campaignId !== '' && !isId(campaignId)) return badId('campaignId');
    if (poolId !== '' && !isId(poolId)) return badId('poolId');
    if (grabId !== '' && !isId(grabId)) return badId('grabId');
    const length = raw.headers['content-length'];
    return length !== undefined && Number(length) > BODY_BYTES_MAX ? BODY_TOO_LARGE : undefined;
  }
}

/** Campaigns and pools that are not there, and grabs out of their time. */
@Injectable()
export class Window {
  readonly name = 'window';

  refuse(walk: Walk): Refusal | undefined {
    const { found } = walk;
    if (found === undefined) return NO_CAMPAIGN;
    if (walk.api !== 'grab') return undefined;
    walk.pool = found.pools.get(walk.target.poolId);
    if (walk.pool === undefined) return NO_POOL;
    const { nowMs } = walk;
    if (nowMs < found.t0Ms) return refusal('NOT_OPEN_YET', Math.min(found.t0Ms - nowMs, POLL_AFTER_MAX_MS));
    return nowMs >= found.view.timeline.closesAtMs ? CLOSED : undefined;
  }
}

/** Grabs in a pool that nothing is left of. */
@Injectable()
export class SoldOut {
  readonly name = 'sold-out';
  private readonly forNow: Refusal;

  constructor(
    private readonly levels: StockLevels,
    @Inject(CONFIG) config: Config,
  ) {
    this.forNow = new PreparedRefusal(refusal('SOLD_OUT_FOR_NOW', config.SOLD_OUT_FLAG_MS));
  }

  refuse({ pool }: Walk): Refusal | undefined {
    const none = pool && this.levels.soldOut(pool);
    if (none === undefined) return undefined;
    return none === 'SOLD_OUT' ? SOLD_OUT : this.forNow;
  }
}

/** Whoever is not signed in. */
@Injectable()
export class SignedInStep {
  readonly name = 'identity';

  constructor(private readonly identities: Identities) {}

  refuse(walk: Walk): Refusal | undefined {
    const token = bearerToken(walk.headers.authorization);
    const recognised = token === undefined ? undefined : this.identities.recognise(token);
    if (recognised === 'later') return KEY_NOT_KNOWN_YET;
    walk.user = recognised;
    return recognised === undefined ? SIGNED_OUT : undefined;
  }
}

function badId(field: string): Refusal {
  return { ...refusal('INVALID_REQUEST', undefined, `${field}: is no id`), field };
}
