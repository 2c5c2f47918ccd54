import { type HttpConnection } from './http-connection';
import { type HttpResponse } from './response-reader';

export interface OneRequest {
  readonly method: 'PUT' | 'POST';
  readonly path: string;
  readonly token: string;
  readonly body: string;
}

/** Sends one request and waits for its answer. @throws Error when the connection breaks before. */
export async function ask(
  connection: HttpConnection,
  { method, path, token, body }: OneRequest,
): Promise<HttpResponse> {
  const text =
    `${method} ${path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer ${token}\r\n` +
    `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  const response = await new Promise<HttpResponse | undefined>((resolve) => connection.exchange(text, resolve));
  if (response === undefined) throw new Error(`the connection broke before ${method} ${path} was answered`);
  return response;
}
