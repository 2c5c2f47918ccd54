/** What any grab must cost: the gateway's own token check and a body schema like its, and then no work. */
import { bearerToken, type Refusal, sendProblem, toOutcomeError, validate, verifyJwt } from '@floodgate/nest-kit';
import { fastify } from 'fastify';
import { z } from 'zod';
import { serveLimit } from './serve';

const body = z.strictObject({ qualification: z.string().max(2_048).optional() });
const SIGNED_OUT: Refusal = { outcome: 'SIGNED_OUT', message: '', field: undefined, pollAfterMs: undefined };

serveLimit(({ jwtSecret }) => {
  const server = fastify();
  server.route({
    method: 'POST',
    url: '/echo',
    onRequest: (request, reply, done) => {
      const token = bearerToken(request.headers.authorization);
      if (token !== undefined && verifyJwt(token, jwtSecret) !== undefined) done();
      else sendProblem(reply, SIGNED_OUT, request.id);
    },
    handler: (request, reply) => reply.send(validate(body, request.body)),
    errorHandler: (error, request, reply) => sendProblem(reply, toOutcomeError(error), request.id),
  });
  return server;
});
