import { TOPICS } from '@floodgate/contracts';

/** What degradation-plan reads from Kafka, and as which consumer. A test suite gives it a topic of its own. */
export interface PlanStreams {
  readonly topics: Pick<typeof TOPICS, 'campaignPublished'>;
  readonly deadLetterTopic: string;
  readonly replayTopic: string;
  readonly consumerPrefix: string;
}

export const PLAN_STREAMS: PlanStreams = {
  topics: TOPICS,
  deadLetterTopic: 'degradation-plan.dead-letter.v1',
  replayTopic: 'degradation-plan.replay.v1',
  consumerPrefix: 'degradation-plan',
};

/** Injection token of PlanStreams. */
export const STREAMS = Symbol('PlanStreams');
