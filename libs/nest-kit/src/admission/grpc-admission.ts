import { AsyncResource } from 'node:async_hooks';
import { OutcomeError } from '@floodgate/kernel';
import { Metadata, type ServerUnaryCall } from '@grpc/grpc-js';
import { type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Observable, type Subscriber } from 'rxjs';
import { CURSOR_HEADER } from './cursor-throttle';
import { type AdmissionQueue } from './queue';
import { cursorText, pollAfterMsOf, type Standing, standingOf } from './standing';
import { type Waiting } from './waiting-lines';

type UnaryCall = ServerUnaryCall<unknown, unknown>;

/**
 * Both phases of admission for the unary calls of a gRPC service: refused as TOO_HOT, or served when their turn comes. Every answer tells the service's
 * cursor in its initial metadata, so that callers keep to themselves what would be refused (callUnary does). Streams pass: what is in them is admitted by whoever
 * reads it.
 */
export class GrpcAdmission implements NestInterceptor {
  constructor(private readonly queue: AdmissionQueue) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const call = unaryCallOf(context);
    if (call === undefined) return next.handle();
    const standing = standingOf((key) => call.metadata.get(key)[0]?.toString());
    const { level, campaignId } = standing;
    return new Observable((subscriber) => {
      const waiting = new WaitingCall(this.queue, call, standing, next, subscriber);
      if (this.queue.takes(level, campaignId)) this.queue.add(waiting, level, campaignId);
      else waiting.drop();
    });
  }
}

/** A call in the queue, and then its answer's way back. Whose caller has gone meanwhile is not served. */
class WaitingCall implements Waiting {
  // The queue runs it from wherever it is.
  readonly run: () => void;
  private isFinished = false;

  constructor(
    private readonly queue: AdmissionQueue,
    private readonly call: UnaryCall,
    private readonly standing: Standing,
    private readonly next: CallHandler,
    private readonly subscriber: Subscriber<unknown>,
  ) {
    this.run = AsyncResource.bind(() => this.serve());
  }

  drop(): void {
    this.tellCursor();
    this.subscriber.error(new OutcomeError('TOO_HOT', '', { pollAfterMs: pollAfterMsOf(this.standing.level) }));
  }

  private serve(): void {
    if (this.call.cancelled) {
      this.queue.finished();
      this.subscriber.complete();
      return;
    }
    // Whose caller gave up takes nobody's place, however long its work goes on.
    this.call.once('cancelled', this.finish);
    this.next.handle().subscribe({
      next: (answer) => {
        this.tellCursor();
        this.subscriber.next(answer);
      },
      error: (error: unknown) => {
        this.finish();
        this.tellCursor();
        this.subscriber.error(error);
      },
      complete: () => {
        this.finish();
        this.subscriber.complete();
      },
    });
  }

  private readonly finish = (): void => {
    if (this.isFinished) return;
    this.isFinished = true;
    this.queue.finished();
  };

  private tellCursor(): void {
    const metadata = new Metadata();
    metadata.set(CURSOR_HEADER, cursorText(this.queue.cursor.levelOf(this.standing.campaignId)));
    this.call.sendMetadata(metadata);
  }
}

/** Undefined for a stream of requests, and for what is no gRPC at all. */
function unaryCallOf(context: ExecutionContext): UnaryCall | undefined {
  if (context.getType() !== 'rpc') return undefined;
  const [, , call] = context.getArgs<[unknown, unknown, Partial<UnaryCall> | undefined]>();
  return call?.sendMetadata === undefined || call.request === undefined ? undefined : (call as UnaryCall);
}
