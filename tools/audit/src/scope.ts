import { placeholders, type SqlValue } from '@floodgate/adapters/mysql';

/** Which campaigns an audit is about. */
export class Scope {
  constructor(private readonly campaignIds: readonly string[] | undefined) {}

  /** The campaigns it was given by name; none when it is about all. */
  get named(): readonly string[] {
    return this.campaignIds ?? [];
  }

  covers(campaignId: string): boolean {
    return this.campaignIds?.includes(campaignId) ?? true;
  }

  /** A condition on a column that holds a campaign's id, for a statement that is given `values`. */
  where(column: string): string {
    return this.campaignIds?.length ? `${column} IN (${placeholders(this.campaignIds)})` : 'TRUE';
  }

  get values(): readonly SqlValue[] {
    return this.campaignIds ?? [];
  }
}
