/**
 * What the client does next.
 * - never: this answer is final for this request.
 * - poll: ask again with the same ids after pollAfterMs.
 * - back-off: ask again with the same ids, binary exponential with full jitter, or after pollAfterMs where given.
 */
export type Retry = 'never' | 'poll' | 'back-off';

export interface OutcomeRule {
  readonly httpStatus: number;
  readonly retry: Retry;
  readonly zh: string;
  readonly en: string;
}

const rule = (httpStatus: number, retry: Retry, zh: string, en: string): OutcomeRule => ({ httpStatus, retry, zh, en });

/** The closed list of answers a client can get: status, whether and how to retry, and what to tell the person. */
export const OUTCOMES = {
  OK: rule(200, 'never', '好的', 'Done.'),
  GRANTED: rule(200, 'never', '恭喜，抢到了！', 'Congratulations, you got one!'),
  ALREADY_GRANTED: rule(200, 'never', '你已经抢到过了', 'You already have one.'),
  GRAB_ENDED: rule(200, 'never', '这一份已经退回，不再属于你', 'This one was returned and is no longer yours.'),
  UNKNOWN_GRAB: rule(404, 'poll', '还没有收到你的请求', 'We have not received this request yet.'),
  SOLD_OUT_FOR_NOW: rule(409, 'poll', '暂时没有了，可能还会放出', 'None left right now; some may come back.'),
  SOLD_OUT: rule(410, 'never', '已抢完，下次再来', 'All gone. See you next time.'),
  NO_SUCH_CAMPAIGN: rule(404, 'never', '没有这个活动', 'There is no such campaign.'),
  NOT_DRAWN: rule(403, 'never', '这次没有抽中', 'You were not drawn this time.'),
  NOT_OPEN_YET: rule(425, 'poll', '还没有开始，请稍候', 'Not open yet. Hold on.'),
  CLOSED: rule(410, 'never', '活动已结束', 'This campaign has ended.'),
  NOT_QUALIFIED: rule(403, 'never', '还没有资格，先集齐卡片', 'You have not qualified yet. Complete a set first.'),
  QUALIFICATION_SPENT: rule(409, 'never', '资格已经用过了', 'Your qualification has been used.'),
  NO_DRAWS_LEFT: rule(409, 'never', '没有抽卡机会了，去做任务吧', 'No draws left. Complete a task to earn more.'),
  SET_INCOMPLETE: rule(409, 'never', '卡片还没有集齐', 'Your set is not complete yet.'),
  WAIT: rule(202, 'poll', '正在处理，请稍候', 'Working on it. Please wait.'),
  TOO_HOT: rule(503, 'back-off', '太火爆了，稍后再试', 'Too many people right now. Trying again shortly.'),
  TRY_LATER: rule(503, 'back-off', '稍后再试', 'Please try again in a moment.'),
  DROPPED_BY_PLAN: rule(503, 'poll', '人太多了，过一会儿再来看看', 'Very busy. Please look again in a while.'),
  TOO_FREQUENT: rule(429, 'back-off', '太快了，歇一下', 'Too fast. Please slow down.'),
  CHALLENGE_REQUIRED: rule(403, 'never', '请先完成验证', 'Please complete the check first.'),
  BLOCKED: rule(403, 'never', '账号暂时不能参加', 'This account cannot take part.'),
  FORBIDDEN: rule(403, 'never', '没有权限', 'You may not do this.'),
  INVALID_REQUEST: rule(400, 'never', '请求有误', 'Something in the request is wrong.'),
  CONFLICT: rule(409, 'never', '与之前的请求不一致', 'This contradicts an earlier request.'),
  SIGNED_OUT: rule(401, 'never', '请先登录', 'Please sign in.'),
  PAYMENT_PENDING: rule(202, 'poll', '付款处理中', 'Your payment is being processed.'),
  PAYMENT_REISSUING: rule(202, 'poll', '奖品在路上，晚点再来看', 'Your goods are on the way, look again later.'),
  ORDER_EXPIRED: rule(410, 'never', '订单已过期', 'This order has expired.'),
  INTERNAL: rule(500, 'back-off', '出了点问题，稍后再试', 'Something went wrong on our side. Please try again.'),
} as const satisfies Record<string, OutcomeRule>;

export type Outcome = keyof typeof OUTCOMES;

export function isOutcome(value: string): value is Outcome {
  return Object.hasOwn(OUTCOMES, value);
}

/** Words for what happens outside any server's answer, shown by the client. */
export const CLIENT_COPY = {
  OFFLINE: { zh: '网络断开了，连上后会自动继续', en: 'You are offline. We will go on when you are back.' },
  BAD_GATEWAY: { zh: '服务器正忙，正在重试', en: 'The server is busy. Trying again.' },
  UNREADABLE: { zh: '收到的内容无法识别，正在重试', en: 'We got an answer we cannot read. Trying again.' },
  GAVE_UP: { zh: '等了太久，稍后再来看看结果', en: 'This took too long. Look again later for the result.' },
  DROPPED_HERE: { zh: '人太多了，正在排队', en: 'Very busy. Holding your place.' },
  STREAM_CUT: { zh: '实时消息断开了，改为定时查询', en: 'Live news stopped. We keep asking instead.' },
  THROTTLED_HERE: { zh: '服务器太忙，先等一等再试', en: 'The servers are very busy. Waiting a little before trying.' },
} as const;
