import { type Metrics } from '../metrics';
import { AdmissionQueue } from './queue';

/** How a server guards itself, as its configuration has it. */
export interface AdmissionConfig {
  readonly ADMISSION_QUEUE_MAX: number;
  readonly ADMISSION_WAIT_MS_MAX: number;
  readonly ADMISSION_WAIT_MS_TARGET: number;
  readonly ADMISSION_IN_FLIGHT_MAX: number;
}

/** A process's queue between admission and work, with its state in the metrics. */
export function admissionQueue(config: AdmissionConfig, metrics: Metrics): AdmissionQueue {
  const queue = new AdmissionQueue({
    lengthMax: config.ADMISSION_QUEUE_MAX,
    waitMsMax: config.ADMISSION_WAIT_MS_MAX,
    waitMsTarget: config.ADMISSION_WAIT_MS_TARGET,
    inFlightMax: config.ADMISSION_IN_FLIGHT_MAX,
  });
  const gauge = (name: string, help: string, read: () => number) =>
    metrics.gauge(`admission_${name}`, help, [], (made) => made.set(read()));
  gauge('cursor', 'The lowest level that is taken, from 0 (everybody) to 511.', () => queue.cursor.level);
  gauge('waiting', 'Requests that were let in and wait to be served.', () => queue.length);
  gauge('in_flight', 'Requests being served, but for grabs.', () => queue.inFlight);
  return queue;
}
