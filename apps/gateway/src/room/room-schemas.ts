import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { id, instantMs, uint32 } from '../http/campaign-schemas';

/** The APIs that have a waiting room. */
export const ROOM_APIS = ['grab'] as const;
export type RoomApi = (typeof ROOM_APIS)[number];

export function isRoomApi(api: string): api is RoomApi {
  return ROOM_APIS.some((one) => one === api);
}

const ok = { outcome: z.literal('OK') } as const;
const token = z.string().min(1).max(2_048);
const seen = token.optional().meta({ description: 'The newest `seen` this client has of the room' });
const soldOut = z.enum(['SOLD_OUT', 'SOLD_OUT_FOR_NOW']);

export const roomParams = z.object({ campaignId: id, api: z.enum(ROOM_APIS) });
export class RoomParams extends createZodDto(roomParams) {}

export const servingAnswer = z.object({
  ...ok,
  isOpen: z.boolean().meta({ description: 'People are taken in now' }),
  opening: z.object({ frozen: uint32, seed: z.string() }).nullable().meta({
    description:
      'From T0 on: arrival numbers up to `frozen` are shuffled by `seed`; later ones are positions as they are',
  }),
  serving: uint32.meta({ description: 'Positions up to here have been called' }),
  lapsed: uint32.meta({ description: 'Positions up to here were called a minute ago or more: join again' }),
  calledPerSecond: z.number().min(0).meta({ description: 'As measured over the last seconds' }),
  lastReached: uint32.nullable().meta({
    description: 'In a sale: the last position that what is left now can satisfy; null while that is not known',
  }),
  t0Ms: instantMs,
  nowMs: instantMs,
  seen: z.string().meta({ description: 'This answer, signed: keep the newest and show it with the ticket' }),
});
export type ServingAnswer = z.infer<typeof servingAnswer>;

export class TicketBody extends createZodDto(z.strictObject({ ticket: token.optional(), seen })) {}

const place = z.object({
  kind: z.enum(['unopened', 'waiting', 'called', 'lapsed']),
  position: uint32.optional(),
  ahead: uint32.optional(),
});

export class TicketAnswer extends createZodDto(
  z.object({
    ...ok,
    ticket: z
      .string()
      .optional()
      .meta({ description: 'To be kept by the client: it is the place. Absent while nobody has to wait: grab' }),
    arrival: uint32.optional(),
    place: place.optional(),
    etaMs: z.int().min(0).optional().meta({ description: 'Until it is called, as people are called now' }),
    soldOut: soldOut.optional().meta({ description: 'What is left cannot reach this position, as things are' }),
    pollAfterMs: z.int().min(0),
  }),
) {}

export class PassBody extends createZodDto(z.strictObject({ ticket: token, grabId: id, seen })) {}

export class PassAnswer extends createZodDto(
  z.object({
    ...ok,
    pass: z.string().meta({ description: 'For the header fg-pass of this grab, which also stands on this answer' }),
    expiresAtMs: instantMs,
  }),
) {}
