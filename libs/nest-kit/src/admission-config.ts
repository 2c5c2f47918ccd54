import { z } from 'zod';
import { durationMs } from './config';

const count = z.coerce.number().int().min(1);

/** How a gRPC service guards itself against more calls than it can serve. */
export const admissionShape = {
  /** Calls that wait at most until this instance has time for them. */
  ADMISSION_QUEUE_MAX: count.default(1_000),
  /** Who has waited longer there is refused as TOO_HOT; well below what callers have time for, or they hear of nothing. */
  ADMISSION_WAIT_MS_MAX: durationMs.default(500),
  /** Longer on average is too hot: the lowest priorities are refused until it is shorter. Once it has been so for longer than ADMISSION_WAIT_MS_MAX, nobody of whom some are refused waits longer than this. */
  ADMISSION_WAIT_MS_TARGET: durationMs.default(50),
  /** Calls that it serves at a time at most. */
  ADMISSION_IN_FLIGHT_MAX: count.default(200),
} as const;
