import { type IncomingMessage } from 'node:http';
import { type AdmissionQueue, cursorText } from '@floodgate/nest-kit';

const CAMPAIGNS = '/campaigns/';

/** The cursor as answers carry it. */
export class CursorText {
  constructor(private readonly queue: AdmissionQueue) {}

  /** Of the campaign that a request is about. */
  toldTo({ url = '' }: Pick<IncomingMessage, 'url'>): string {
    const { cursor } = this.queue;
    return cursorText(cursor.level === 0 ? 0 : cursor.levelOf(campaignIn(url)));
  }
}

/** The campaign's id in a path; empty where there is none. */
function campaignIn(url: string): string {
  if (!url.startsWith(CAMPAIGNS)) return '';
  return url.slice(CAMPAIGNS.length).split(/[/?]/, 1)[0] ?? '';
}
