/** The file that the plan receiver's thread runs. Whatever fails here ends the thread, and PlanReceiverHost starts another. */
import { workerData } from 'node:worker_threads';
import { PlanReceiver } from './plan-receiver';
import { type ReceiverThreadData } from './plan-receiver-host';

const { start, port } = workerData as ReceiverThreadData;
void new PlanReceiver(start, port).start();
