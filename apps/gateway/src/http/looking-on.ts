import { currentRequest, NO_CAMPAIGN, type Standing, withRequest } from '@floodgate/nest-kit';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Observable } from 'rxjs';

/** Shed before everything else. */
const LAST: Standing = { level: 0, campaignId: NO_CAMPAIGN };

/**
 * On a controller whose requests pass no step of admission and yet come from the public: the services behind take what it asks of them after everything else.
 * Without this it would count as the platform's own, which is refused last.
 */
@Injectable()
export class LookingOn implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = currentRequest();
    if (request === undefined) return next.handle();
    return new Observable((subscriber) =>
      withRequest({ ...request, standing: LAST }, () => next.handle().subscribe(subscriber)),
    );
  }
}
