/** What a web server costs at all: Fastify, a POST, the body back. */
import { fastify } from 'fastify';
import { serveLimit } from './serve';

serveLimit(() => {
  const server = fastify();
  server.post('/echo', (request, reply) => reply.send(request.body));
  return server;
});
