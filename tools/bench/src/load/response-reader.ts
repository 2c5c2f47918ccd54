export interface HttpResponse {
  readonly status: number;
  readonly body: string;
}

const END_OF_HEAD = '\r\n\r\n';
const STATUS_AT = 'HTTP/1.1 '.length;

/**
 * Reads one HTTP/1.1 response after another from a connection, of the kind the compared servers send: with a content-length.
 * A general client costs several times more, and that CPU would be missing to the server on the same cores.
 */
export class ResponseReader {
  private received = '';

  /** The response that these bytes complete. @throws Error for a response of another kind, or bytes nobody asked for. */
  push(bytes: string): HttpResponse | undefined {
    this.received = this.received === '' ? bytes : this.received + bytes;
    const headEnd = this.received.indexOf(END_OF_HEAD);
    if (headEnd === -1) return undefined;
    const head = this.received.slice(0, headEnd);
    const length = /^content-length: *(\d+)/im.exec(head)?.[1];
    if (!head.startsWith('HTTP/1.1 ') || length === undefined) throw new Error(`cannot read this response: ${head}`);
    const bodyStart = headEnd + END_OF_HEAD.length;
    const end = bodyStart + Number(length);
    if (this.received.length < end) return undefined;
    if (this.received.length > end) throw new Error('bytes after the response');
    const body = this.received.slice(bodyStart);
    this.received = '';
    return { status: Number(head.slice(STATUS_AT, STATUS_AT + 3)), body };
  }
}
