import { type Logger, pino } from 'pino';
import { currentRequest } from './grpc-context';

/** Structured logs on stdout, one JSON object a line, with the request's id. Tokens and secrets never get in. */
export function createLog(name: string, level: string): Logger {
  return pino({
    name,
    level,
    redact: {
      paths: [
        '*.authorization',
        '*.headers.authorization',
        '*.cookie',
        '*.token',
        '*.checkoutToken',
        '*.qualification',
        '*.secret',
      ],
      censor: '[redacted]',
    },
    mixin: () => {
      const context = currentRequest();
      return context ? { requestId: context.requestId } : {};
    },
  });
}
