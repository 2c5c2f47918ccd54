import { TOPICS } from '@floodgate/contracts';

/** What card-collection writes to and reads from Kafka, and as which consumer. A test suite gives it topics of its own. */
export interface CardCollectionStreams {
  readonly topics: Pick<
    typeof TOPICS,
    'campaignPublished' | 'taskCompleted' | 'cardDrawn' | 'setRedeemed' | 'redemptionsCounted'
  >;
  readonly deadLetterTopic: string;
  readonly replayTopic: string;
  readonly consumerPrefix: string;
}

export const CARD_COLLECTION_STREAMS: CardCollectionStreams = {
  topics: TOPICS,
  deadLetterTopic: 'card-collection.dead-letter.v1',
  replayTopic: 'card-collection.replay.v1',
  consumerPrefix: 'card-collection',
};

/** Injection token of CardCollectionStreams. */
export const STREAMS = Symbol('CardCollectionStreams');
