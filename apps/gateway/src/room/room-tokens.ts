import { type RoomId, type RoomState } from '@floodgate/domain/waiting-room';
import { openPass, type PassClaims, signPass, signToken, type TokenClaims, verifyToken } from '@floodgate/nest-kit';

/** A person's place, which lives with them: whatever the servers forget, it stands. */
interface TicketClaims extends TokenClaims {
  readonly api: string;
  readonly arrival: number;
}

/** What a client last heard of the room, for a server that knows less. It is about nobody: userId is empty. */
interface SeenClaims extends TokenClaims {
  readonly api: string;
  readonly state: RoomState;
}

/** A called place turned into the right to one grab. */
interface RoomPassClaims extends PassClaims {
  readonly kind: 'room';
  readonly api: string;
  readonly grabId: string;
}

/** Whose, and for what. */
export interface RoomUser {
  readonly userId: string;
  readonly room: RoomId;
}

export function signTicket({ userId, room }: RoomUser, arrival: number, expiresAtMs: number, key: string): string {
  const claims: TicketClaims = { userId, ...room, arrival, expiresAtMs };
  return signToken('room-ticket', claims, key);
}

/** The arrival number of a ticket that is genuine, has not expired and is this person's in this room; undefined otherwise. */
export function openTicket(ticket: string, { userId, room }: RoomUser, key: string, nowMs: number): number | undefined {
  const claims = verifyToken<TicketClaims>('room-ticket', ticket, key, nowMs);
  return claims?.userId === userId && isOf(claims, room) ? claims.arrival : undefined;
}

export function signSeen(room: RoomId, state: RoomState, expiresAtMs: number, key: string): string {
  const claims: SeenClaims = { userId: '', ...room, state, expiresAtMs };
  return signToken('room-state', claims, key);
}

/** What somebody saw of this room, when a server of ours said so; undefined otherwise. */
export function openSeen(seen: string, room: RoomId, key: string, nowMs: number): RoomState | undefined {
  const claims = verifyToken<SeenClaims>('room-state', seen, key, nowMs);
  return claims !== undefined && isOf(claims, room) ? claims.state : undefined;
}

export function signRoomPass({ userId, room }: RoomUser, grabId: string, expiresAtMs: number, key: string): string {
  const claims: RoomPassClaims = { kind: 'room', userId, ...room, grabId, expiresAtMs };
  return signPass(claims, key);
}

/** Whether a header holds this person's pass for exactly this grab. */
export function isRoomPass(
  header: string | readonly string[] | undefined,
  { userId, room }: RoomUser,
  grabId: string,
  key: string,
  nowMs: number,
): boolean {
  const claims = openPass<RoomPassClaims>(header, { userId, campaignId: room.campaignId }, key, nowMs);
  return claims?.kind === 'room' && isOf(claims, room) && claims.grabId === grabId;
}

function isOf(claims: RoomId, { campaignId, api }: RoomId): boolean {
  return claims.campaignId === campaignId && claims.api === api;
}
