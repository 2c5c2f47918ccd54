import { type PreparedBench } from './bench';

/** Takes what is to be ended with the bench; the last one first. */
export type EndLater = (end: () => void | Promise<void>) => void;

/** Prepares a bench whose parts end with it, also when it cannot be prepared. */
export async function preparing(
  prepare: (endLater: EndLater) => Promise<Omit<PreparedBench, 'close'>>,
): Promise<PreparedBench> {
  const ends: (() => void | Promise<void>)[] = [];
  const close = async () => {
    for (let end = ends.pop(); end !== undefined; end = ends.pop()) await end();
  };
  try {
    return { ...(await prepare((end) => ends.push(end))), close };
  } catch (error) {
    await close();
    throw error;
  }
}
