import { constants, createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo } from 'node:net';
import { orderV1 } from '@floodgate/contracts';
import { Metadata, status } from '@grpc/grpc-js';
import { callUnary, createGrpcClient, fromServiceError } from './grpc-client';

const { NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR, NGHTTP2_PROTOCOL_ERROR } = constants;

describe('a callee that ends in the middle of a call', () => {
  let server: Http2Server;
  let client: orderV1.OrderServiceClient;
  let answer: (stream: ServerHttp2Stream) => void;

  beforeAll(async () => {
    server = createServer().on('stream', (stream) => {
      stream.on('error', () => undefined);
      answer(stream);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    client = createGrpcClient(orderV1.OrderServiceClient, `127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  afterAll(async () => {
    client.close();
    await new Promise((closed) => server.close(closed));
  });

  const ask = () => callUnary(client, client.getOrder, orderV1.GetOrderRequest.fromPartial({}), 20_000);

  it.each<[string, typeof answer]>([
    ['closes the stream without a status', (stream) => stream.close(NGHTTP2_NO_ERROR)],
    ['tears the stream', (stream) => stream.close(NGHTTP2_INTERNAL_ERROR)],
    ['breaks the protocol', (stream) => stream.close(NGHTTP2_PROTOCOL_ERROR)],
    ['drops the connection', (stream) => stream.session?.destroy()],
  ])('and %s has not answered', async (_, how) => {
    answer = how;
    await expect(ask()).rejects.toMatchObject({ outcome: 'TRY_LATER' });
  });

  const RESET = 'Received RST_STREAM with code 2';

  it.each([
    [`${RESET} triggered by internal client error: write EPIPE`, 'TRY_LATER'],
    [`${RESET} triggered by internal client error: a message too long`, 'INTERNAL'],
  ])('is told apart from a fault of this side: %s', (details, outcome) => {
    const error = Object.assign(new Error(details), { code: status.INTERNAL, details, metadata: new Metadata() });
    expect(fromServiceError(error).outcome).toBe(outcome);
  });

  it('is not one that says INTERNAL', async () => {
    answer = (stream) => {
      const headers = { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '13', 'grpc-message': 'x' };
      stream.respond(headers, { endStream: true });
    };
    await expect(ask()).rejects.toMatchObject({ outcome: 'INTERNAL' });
  });
});
