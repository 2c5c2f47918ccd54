/** What servers gave this person to keep, by campaign. A later one takes the place of an earlier one. */
export class Passes {
  private readonly byCampaign = new Map<string, string>();

  keep(campaignId: string, pass: string): void {
    this.byCampaign.set(campaignId, pass);
  }

  of(campaignId: string | undefined): string | undefined {
    return campaignId === undefined ? undefined : this.byCampaign.get(campaignId);
  }
}
