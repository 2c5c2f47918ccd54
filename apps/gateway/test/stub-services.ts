import {
  activityV1,
  type Campaign,
  cardCollectionV1,
  inventoryV1,
  orderV1,
  Outcome as OutcomeMessage,
  prizePayoutV1,
  Settlement,
} from '@floodgate/contracts';
import { type Outcome } from '@floodgate/kernel';
import { OUTCOME_KEY, POLL_AFTER_KEY } from '@floodgate/nest-kit';
import { freePort } from '@floodgate/testing';
import {
  Metadata,
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  status,
} from '@grpc/grpc-js';

type GrabStream = ServerDuplexStream<inventoryV1.GrabRequest, inventoryV1.GrabResponse>;
type Reply<T> = T | Refused;

/** A refusal as a service puts it on the wire. */
export class Refused {
  constructor(
    readonly outcome: Outcome,
    readonly pollAfterMs?: number,
  ) {}
}

export const granted = (
  grab: inventoryV1.GrabItem,
  more: Partial<inventoryV1.GrabAnswer> = {},
): inventoryV1.GrabAnswer =>
  inventoryV1.GrabAnswer.fromPartial({
    seq: grab.seq,
    outcome: OutcomeMessage.OUTCOME_GRANTED,
    unitNo: 7,
    amountFen: '250',
    grabId: grab.grabId,
    settlement: Settlement.SETTLEMENT_PAYOUT,
    ...more,
  });

/**
 * The services behind the gateway, over real gRPC on one port, saying what a test wants them to. They stand in only here,
 * where the gateway's own behaviour is tested; the end-to-end tests run the real ones.
 */
export class StubServices {
  campaigns: Campaign[] = [];
  /** The answer to a grab; undefined leaves it unanswered. */
  onGrab: (grab: inventoryV1.GrabItem) => inventoryV1.GrabAnswer | undefined = (grab) => granted(grab);
  result: Reply<inventoryV1.GetGrabResponse> = new Refused('UNKNOWN_GRAB', 100);
  /** Whose result is another than that, by user. */
  readonly resultOf = new Map<string, Reply<inventoryV1.GetGrabResponse>>();
  pools: inventoryV1.PoolCount[] = [];
  qualification: Reply<activityV1.GetQualificationResponse> = new Refused('NOT_QUALIFIED');
  cards: Reply<cardCollectionV1.GetCardsResponse> = cardCollectionV1.GetCardsResponse.fromPartial({});
  order: Reply<orderV1.GetOrderResponse> = new Refused('WAIT', 500);
  payout: Reply<prizePayoutV1.GetPayoutResponse> = new Refused('WAIT', 500);
  participateStatus: Reply<activityV1.ParticipateStatusResponse> = { tasksCompleted: 2, qualified: true };
  risk: Reply<activityV1.GetRiskChangesResponse> = activityV1.GetRiskChangesResponse.fromPartial({});
  readonly listings: activityV1.ListSubjectRequest[] = [];
  /** What getCampaign answers; the first of campaigns when absent. */
  campaign: Reply<activityV1.GetCampaignResponse> | undefined;
  packets: Reply<inventoryV1.DescribePacketsResponse> = new Refused('WAIT', 500);
  grantedPackets: Reply<inventoryV1.ListPacketsResponse> = new Refused('WAIT', 500);
  /** Undefined: prize-payout fails. */
  payoutCount: number | undefined = 0;
  /** Checkout tokens of the payments asked for. */
  readonly payments: string[] = [];
  /** Methods that are never answered. */
  readonly hangs = new Set<string>();
  /** Methods whose answer is made at once and sent when this has settled. */
  readonly late = new Map<string, Promise<void>>();
  /** What the last call of a method had left when it came, in milliseconds. */
  readonly deadlines = new Map<string, number>();
  /** What the last call of a method came with. */
  readonly metadata = new Map<string, Metadata>();
  /** Calls by method. */
  readonly calls = new Map<string, number>();
  readonly frames: inventoryV1.GrabItem[][] = [];
  readonly streams = new Set<GrabStream>();
  private server = new Server();
  port = 0;

  /** Listens on `port`, or on one that nobody takes while it is away. */
  async start(port?: number): Promise<void> {
    const own = port ?? (await freePort());
    this.server = new Server();
    this.server.addService(activityV1.ActivityServiceService, {
      createCampaign: this.unary('createCampaign', () => ({ campaign: this.campaigns[0] })),
      approveCampaign: this.unary('approveCampaign', () => ({ campaign: this.campaigns[0] })),
      showSecret: this.unary('showSecret', () => ({ campaign: this.campaigns[0] })),
      publishCampaign: this.unary('publishCampaign', () => ({ campaign: this.campaigns[0] })),
      getCampaign: this.unary('getCampaign', () => this.campaign ?? { campaign: this.campaigns[0] }),
      listCampaigns: this.unary('listCampaigns', () => ({ campaigns: this.campaigns, nowMs: String(Date.now()) })),
      completeTask: this.unary('completeTask', () => ({ completionId: 'c1', draws: 3 })),
      getQualification: this.unary('getQualification', () => this.qualification),
      participateStatus: this.unary('participateStatus', () => this.participateStatus),
      getRiskChanges: this.unary('getRiskChanges', () => this.risk),
      listSubject: this.unary<activityV1.ListSubjectResponse, activityV1.ListSubjectRequest>(
        'listSubject',
        (request) => {
          this.listings.push(request);
          return { expiresAtMs: '1' };
        },
      ),
    });
    this.server.addService(cardCollectionV1.CardCollectionServiceService, {
      draw: this.unary('draw', () => ({ cardId: 'card-1', drawsLeft: 1 })),
      getCards: this.unary('getCards', () => this.cards),
      redeem: this.unary('redeem', () => ({ redemptionId: 'r1' })),
    });
    this.server.addService(inventoryV1.InventoryServiceService, {
      grab: (call: GrabStream) => this.serve(call),
      getGrab: this.unary(
        'getGrab',
        ({ userId }: inventoryV1.GetGrabRequest) => this.resultOf.get(userId) ?? this.result,
      ),
      describePackets: this.unary('describePackets', () => this.packets),
      listPackets: this.unary('listPackets', () => this.grantedPackets),
      describePools: this.unary('describePools', () => ({ pools: this.pools })),
    });
    this.server.addService(orderV1.OrderServiceService, {
      getOrder: this.unary('getOrder', () => this.order),
      payOrder: this.unary('payOrder', ({ checkoutToken }: orderV1.PayOrderRequest) => {
        this.payments.push(checkoutToken);
        return this.order;
      }),
      cancelOrder: this.unary('cancelOrder', () => this.order),
    });
    this.server.addService(prizePayoutV1.PrizePayoutServiceService, {
      getPayout: this.unary('getPayout', () => this.payout),
      countPayouts: this.unary('countPayouts', () =>
        this.payoutCount === undefined ? new Refused('INTERNAL') : { count: this.payoutCount },
      ),
    });
    this.port = await new Promise((resolve, reject) => {
      this.server.bindAsync(`127.0.0.1:${own}`, ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Gone at once, as after kill -9. */
  kill(): void {
    this.server.forceShutdown();
    this.streams.clear();
  }

  callsOf(method: string): number {
    return this.calls.get(method) ?? 0;
  }

  private serve(call: GrabStream): void {
    this.streams.add(call);
    call.on('data', ({ grabs }: inventoryV1.GrabRequest) => {
      this.frames.push(grabs);
      const answers = grabs.flatMap((grab) => this.onGrab(grab) ?? []);
      // Last first: answers come in any order.
      if (answers.length > 0) call.write({ answers: answers.reverse() });
    });
    call.on('end', () => call.end());
    call.on('close', () => this.streams.delete(call));
    call.on('error', () => this.streams.delete(call));
  }

  private unary<T, Q = never>(method: string, reply: (request: Q) => Reply<T>) {
    return (call: ServerUnaryCall<Q, T>, callback: sendUnaryData<T>) => {
      this.calls.set(method, this.callsOf(method) + 1);
      this.deadlines.set(method, Number(call.getDeadline()) - Date.now());
      this.metadata.set(method, call.metadata);
      if (this.hangs.has(method)) return;
      const answer = reply(call.request);
      void Promise.resolve(this.late.get(method)).then(() => send(answer, callback));
    };
  }
}

function send<T>(answer: Reply<T>, callback: sendUnaryData<T>): void {
  if (!(answer instanceof Refused)) return callback(null, answer);
  const metadata = new Metadata();
  metadata.set(OUTCOME_KEY, answer.outcome);
  if (answer.pollAfterMs !== undefined) metadata.set(POLL_AFTER_KEY, String(answer.pollAfterMs));
  callback({ code: status.FAILED_PRECONDITION, details: answer.outcome, metadata });
}
