import { prizePayoutV1 } from '@floodgate/contracts';
import { getPayout, type Payout, type PayoutState } from '@floodgate/domain/prize-payout';
import { isId, OutcomeError } from '@floodgate/kernel';
import { validate } from '@floodgate/nest-kit';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { z } from 'zod';
import { MysqlPayoutStore } from '../adapters/mysql-payout-store';
import { type PrizePayoutConfig } from '../config';
import { CONFIG } from '../tokens';

const id = z.string().refine(isId, 'must be 1 to 64 of letters, digits, - and _');
const getPayoutSchema = z.object({ userId: id, campaignId: id, poolId: id, grabId: id });
const countPayoutsSchema = z.object({ campaignId: id, poolId: id });

const STATES: Record<Exclude<PayoutState, 'UNBOOKED'>, prizePayoutV1.PayoutState> = {
  BOOKED: prizePayoutV1.PayoutState.PAYOUT_STATE_BOOKED,
  SENT: prizePayoutV1.PayoutState.PAYOUT_STATE_SENT,
  SETTLED: prizePayoutV1.PayoutState.PAYOUT_STATE_SETTLED,
  FAILED: prizePayoutV1.PayoutState.PAYOUT_STATE_FAILED,
};

@Controller()
export class PrizePayoutController {
  constructor(
    private readonly store: MysqlPayoutStore,
    @Inject(CONFIG) private readonly config: PrizePayoutConfig,
  ) {}

  @GrpcMethod('PrizePayoutService', 'GetPayout')
  async getPayout(request: prizePayoutV1.GetPayoutRequest): Promise<prizePayoutV1.GetPayoutResponse> {
    const result = await getPayout(this.store, validate(getPayoutSchema, request));
    const pollAfterMs = this.config.PAYOUT_POLL_AFTER_MS;
    switch (result.kind) {
      case 'found':
        return { payout: toMessage(result.payout, pollAfterMs) };
      case 'not-yet':
        throw new OutcomeError('WAIT', 'the payout is being booked', { pollAfterMs });
      case 'not-yours':
        throw new OutcomeError('INVALID_REQUEST', 'this grab is not yours', { field: 'grabId' });
    }
  }

  @GrpcMethod('PrizePayoutService', 'CountPayouts')
  async countPayouts(request: prizePayoutV1.CountPayoutsRequest): Promise<prizePayoutV1.CountPayoutsResponse> {
    const { campaignId, poolId } = validate(countPayoutsSchema, request);
    return { count: await this.store.countOfPool(campaignId, poolId) };
  }
}

function toMessage(payout: Payout, pollAfterMs: number): prizePayoutV1.Payout {
  const { payoutId, campaignId, poolId, grabId, amountFen, state, attempts } = payout;
  // A person is looking at it; for the user it is on its way.
  if (state === 'UNBOOKED') throw new OutcomeError('PAYMENT_REISSUING', '', { pollAfterMs });
  return { payoutId, campaignId, poolId, grabId, amountFen: String(amountFen), state: STATES[state], attempts };
}
