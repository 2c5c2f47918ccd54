import { type GrabAnswer } from './grab-answer';

type Listener = (answer: GrabAnswer) => void;

/**
 * An answer that is yet to come, to all who ask for the same grab. It may take as long as the log is away, and everybody asks
 * again meanwhile: who gives up says so, or would be remembered all that time, as by a promise.
 */
export class PendingAnswer implements PromiseLike<GrabAnswer> {
  private answer: GrabAnswer | undefined;
  private readonly listeners = new Set<Listener>();

  /** Those who wait for it now. */
  get listenerCount(): number {
    return this.listeners.size;
  }

  /** Calls back once: at once when the answer is there. */
  listen(listener: Listener): void {
    if (this.answer === undefined) this.listeners.add(listener);
    else listener(this.answer);
  }

  /** This one gives up waiting. */
  forget(listener: Listener): void {
    this.listeners.delete(listener);
  }

  /** The first answer counts. */
  tell(answer: GrabAnswer): void {
    if (this.answer !== undefined) return;
    this.answer = answer;
    for (const listener of this.listeners) listener(answer);
    this.listeners.clear();
  }

  /** For who never gives up. */
  then<A = GrabAnswer, B = never>(
    onAnswer?: ((answer: GrabAnswer) => A | PromiseLike<A>) | null,
    onFailure?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return new Promise<GrabAnswer>((resolve) => this.listen(resolve)).then(onAnswer, onFailure);
  }
}
