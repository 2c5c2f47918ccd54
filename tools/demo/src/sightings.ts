/** Somebody who was let in, by database time in milliseconds. */
export interface LetIn {
  readonly userId: string;
  readonly atMs: number;
}

/** One answered attempt to grab, by database time in milliseconds. */
export interface GrabSeen {
  readonly campaignId: string;
  readonly outcome: string;
  readonly sentMs: number;
  readonly answeredMs: number;
}

/** What the clients saw, and when: for what a count alone cannot say. */
export class Sightings {
  readonly letIn: LetIn[] = [];
  readonly grabs: GrabSeen[] = [];
}
