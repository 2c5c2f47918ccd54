import { type Provider } from '@nestjs/common';
import { AwaitedResults } from './awaited-results';
import { EventNews } from './event-news';
import { EventsDoor } from './events-door';

export const EVENT_PROVIDERS: Provider[] = [EventNews, AwaitedResults, EventsDoor];
