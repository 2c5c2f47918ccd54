import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';

const grab = { userId: z.string(), campaignId: z.string(), poolId: z.string(), grabId: z.string() };

/**
 * The lines of a clients' log that an audit reads, as tools/demo writes them: each HTTP attempt, each grab as `offered` before its
 * first attempt, and as `answered` once with what its user was told in the end. Attempts that are no grab's have no grabId.
 */
const lineSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('attempt'),
    ...grab,
    poolId: z.string().optional(),
    grabId: z.string().optional(),
    outcome: z.string(),
  }),
  z.object({ kind: z.literal('offered'), ...grab }),
  z.object({
    kind: z.literal('answered'),
    ...grab,
    outcome: z.string(),
    /** What was told with `granted`; the grabId is the one that was sent. */
    unitNo: z.number().optional(),
    amountFen: z.number().optional(),
  }),
]);

export type ClientLine = z.infer<typeof lineSchema>;
export type AnsweredLine = Extract<ClientLine, { kind: 'answered' }>;

/** The lines of the file one by one; a line that says nothing readable as its number. Throws when there is no such file. */
export async function* readClientLog(file: string): AsyncGenerator<ClientLine | number> {
  let lineNo = 0;
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    lineNo++;
    if (text !== '') yield parse(text) ?? lineNo;
  }
}

function parse(text: string): ClientLine | undefined {
  try {
    return lineSchema.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
