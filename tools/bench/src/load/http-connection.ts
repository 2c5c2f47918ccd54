import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { type HttpResponse, ResponseReader } from './response-reader';

/** Undefined when the connection broke before the answer was complete. */
export type OnAnswer = (response: HttpResponse | undefined) => void;

/** A keep-alive connection with one request at a time. After a break it is opened anew by the next request. */
export class HttpConnection {
  private socket: Socket | undefined;
  private waiting: OnAnswer | undefined;

  constructor(private readonly port: number) {}

  /** Rejects when nobody listens. */
  async open(): Promise<void> {
    await once(this.connect(), 'connect');
  }

  /** Sends a complete request (Latin-1). The answer to the one before must have come. */
  exchange(request: string, onAnswer: OnAnswer): void {
    this.waiting = onAnswer;
    (this.socket ?? this.connect()).write(request, 'latin1');
  }

  close(): void {
    this.waiting = undefined;
    this.socket?.destroy();
  }

  private connect(): Socket {
    const socket = connect({ port: this.port, host: '127.0.0.1', noDelay: true });
    const reader = new ResponseReader();
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (bytes) => {
      try {
        const response = reader.push(bytes.toString());
        if (response !== undefined) this.answer(response);
      } catch (error) {
        socket.destroy(error instanceof Error ? error : new Error(String(error)));
      }
    });
    // A broken connection closes too, and is counted there.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.socket = undefined;
      this.answer(undefined);
    });
    return socket;
  }

  private answer(response: HttpResponse | undefined): void {
    const waiting = this.waiting;
    this.waiting = undefined;
    waiting?.(response);
  }
}
