import { type Caller } from './caller';
import { EventReader, type ServerEvent } from './event-reader';
import { isPolicyAnswer } from './policy-store';
import { type GrabRef, type GrabResult } from './results';
import { parseObject } from './transport';
import { type Serving } from './waiting-room';

/** What a page may want to hear; everything it needs for calls reaches them anyway. Callbacks must not throw. */
export interface LiveHandlers {
  readonly onPolicy?: () => void;
  readonly onServing?: (serving: Serving) => void;
  readonly onResult?: (result: GrabResult) => void;
  /** The servers tell nothing of their own accord any more, and calls ask as often as they are told to. */
  readonly onEnd?: (why: 'STREAM_CUT' | 'STOPPED') => void;
}

type LiveEvent =
  { readonly kind: 'serving'; readonly serving: Serving } | { readonly kind: 'result'; readonly result: PushedResult };

/** `askedGrabId`: the grab that was asked about, where the unit is held by another. */
type PushedResult = GrabResult & { readonly poolId: string; readonly askedGrabId: string };

/** Servers write a heartbeat every 15 s; a connection that is silent for longer than two of them is dead. */
const SILENT_MS_MAX = 40_000;
const OPENING_MS_MAX = 10_000;

/**
 * The events that servers send of their own accord, over one connection for a campaign. It is opened once: when it ends, for whatever reason, calls
 * ask by themselves again, so nothing depends on it.
 */
export class LiveEvents {
  private readonly streams = new Map<string, AbortController>();
  private readonly listeners = new Map<string, Set<(event: LiveEvent) => void>>();

  constructor(private readonly caller: Caller) {}

  /** Opens the campaign's connection, unless it is open; returns what closes it. */
  follow(campaignId: string, handlers: LiveHandlers): () => void {
    const open = this.streams.get(campaignId);
    if (open?.signal.aborted === false) return () => open.abort();
    const stop = new AbortController();
    this.streams.set(campaignId, stop);
    void this.run(campaignId, handlers, stop);
    return () => stop.abort();
  }

  /** The next state of the room that is pushed; undefined when there is no connection, or the signal is given first. */
  nextServing(campaignId: string, signal: AbortSignal): Promise<Serving | undefined> {
    return this.next(campaignId, (event) => (event.kind === 'serving' ? event.serving : undefined), signal);
  }

  /** The result of a grab when it is pushed. */
  resultOf({ campaignId, grabId }: GrabRef, signal: AbortSignal): Promise<GrabResult | undefined> {
    return this.next(
      campaignId,
      (event) => (event.kind === 'result' && event.result.askedGrabId === grabId ? event.result : undefined),
      signal,
    );
  }

  private async next<T>(
    campaignId: string,
    pick: (event: LiveEvent) => T | undefined,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    const stream = this.streams.get(campaignId);
    if (stream === undefined)
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined)));
    const listeners = this.listeners.get(campaignId) ?? new Set();
    this.listeners.set(campaignId, listeners);
    return new Promise((resolve) => {
      const end = (picked?: T) => {
        listeners.delete(listener);
        resolve(picked);
      };
      const listener = (event: LiveEvent) => {
        const picked = pick(event);
        if (picked !== undefined) end(picked);
      };
      listeners.add(listener);
      signal.addEventListener('abort', () => end());
    });
  }

  private async run(campaignId: string, handlers: LiveHandlers, stop: AbortController): Promise<void> {
    const body = await this.unlessSilent(OPENING_MS_MAX, this.caller.openStream(campaignId, stop.signal));
    const reader = body && new EventReader(body);
    const cancel = () => void reader?.cancel();
    stop.signal.addEventListener('abort', cancel);
    // Stopped while the connection was opened.
    if (stop.signal.aborted) cancel();
    while (reader && !stop.signal.aborted) {
      const events = await this.read(reader);
      if (!events) break;
      for (const event of events) this.take(campaignId, event, handlers);
    }
    const why = stop.signal.aborted ? 'STOPPED' : 'STREAM_CUT';
    // Whatever is still open of it.
    stop.abort();
    // Another may have been opened since this one was stopped.
    if (this.streams.get(campaignId) === stop) this.streams.delete(campaignId);
    handlers.onEnd?.(why);
  }

  /** Undefined when the connection has ended, broken, or been silent for too long. */
  private async read(reader: EventReader): Promise<readonly ServerEvent[] | undefined> {
    return this.unlessSilent(
      SILENT_MS_MAX,
      reader.read().catch(() => undefined),
    );
  }

  private async unlessSilent<T>(ms: number, word: Promise<T>): Promise<T | undefined> {
    const over = new AbortController();
    const silence = this.caller.pause(ms, over.signal).then(() => undefined);
    const first = await Promise.race([word, silence]);
    over.abort();
    return first;
  }

  private take(campaignId: string, { event, data }: ServerEvent, handlers: LiveHandlers): void {
    const value: object | undefined = parseObject(data);
    if (value === undefined) return;
    switch (event) {
      case 'policy':
        if (!isPolicyAnswer(value)) break;
        this.caller.learnPolicy(campaignId, value);
        handlers.onPolicy?.();
        break;
      case 'serving':
        this.tell(campaignId, { kind: 'serving', serving: value as Serving });
        handlers.onServing?.(value as Serving);
        break;
      case 'result': {
        const result = value as PushedResult;
        this.tell(campaignId, { kind: 'result', result });
        handlers.onResult?.(result);
        break;
      }
    }
  }

  private tell(campaignId: string, event: LiveEvent): void {
    for (const listener of this.listeners.get(campaignId) ?? []) listener(event);
  }
}
