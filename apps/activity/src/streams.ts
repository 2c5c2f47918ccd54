import { TOPICS } from '@floodgate/contracts';

/** What activity writes to and reads from Kafka, and as which consumer. A test suite gives it topics of its own. */
export interface ActivityStreams {
  readonly topics: Pick<
    typeof TOPICS,
    | 'campaignPublished'
    | 'taskCompleted'
    | 'userQualified'
    | 'sharesFixed'
    | 'setRedeemed'
    | 'redemptionsCounted'
    | 'unitGranted'
  >;
  readonly deadLetterTopic: string;
  readonly replayTopic: string;
  readonly consumerPrefix: string;
}

export const ACTIVITY_STREAMS: ActivityStreams = {
  topics: TOPICS,
  deadLetterTopic: 'activity.dead-letter.v1',
  replayTopic: 'activity.replay.v1',
  consumerPrefix: 'activity',
};

/** Injection token of ActivityStreams. */
export const STREAMS = Symbol('ActivityStreams');
