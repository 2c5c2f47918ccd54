import { ChannelEntries1763800000000 } from './1763800000000-channel-entries';

/** Tables of the fake channel's own database. */
export const channelMigrations = [ChannelEntries1763800000000];
