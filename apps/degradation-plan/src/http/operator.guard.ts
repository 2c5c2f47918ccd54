import { OutcomeError } from '@floodgate/kernel';
import { bearerToken, Identities, KEY_POLL_AFTER_MS } from '@floodgate/nest-kit';
import {
  type CanActivate,
  createParamDecorator,
  type CustomDecorator,
  type ExecutionContext,
  Injectable,
  SetMetadata,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { type FastifyRequest } from 'fastify';
import { entitledTo, hasRight, type Right } from './rights';

const RIGHT = 'floodgate:right';
const operators = new WeakMap<FastifyRequest, string>();

/** The right that a route takes; OperatorGuard lets nobody into a route without one. */
export const Takes = (right: Right): CustomDecorator => SetMetadata(RIGHT, right);

/**
 * Lets those through who have the route's right. Throws SIGNED_OUT without a valid token, TRY_LATER while its key is still to be fetched, and FORBIDDEN without
 * the right.
 */
@Injectable()
export class OperatorGuard implements CanActivate {
  constructor(
    private readonly identities: Identities,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const right = this.reflector.get<Right | undefined>(RIGHT, context.getHandler());
    if (right === undefined) throw new Error('a route says of no right that it takes');
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const token = bearerToken(request.headers.authorization);
    const identity = token === undefined ? undefined : this.identities.recognise(token);
    if (identity === 'later') throw new OutcomeError('TRY_LATER', '', { pollAfterMs: KEY_POLL_AFTER_MS });
    if (identity === undefined)
      throw new OutcomeError('SIGNED_OUT', 'a valid token is needed: authorization: Bearer TOKEN');
    if (!hasRight(identity.roles, right))
      throw new OutcomeError('FORBIDDEN', `this takes one of the roles ${entitledTo(right).join(', ')}`);
    operators.set(request, identity.userId);
    return true;
  }
}

/** Who is asking, behind OperatorGuard. */
export const OperatorId = createParamDecorator((_: unknown, context: ExecutionContext): string => {
  const operatorId = operators.get(context.switchToHttp().getRequest<FastifyRequest>());
  if (operatorId === undefined) throw new Error('a route asks for the operator without OperatorGuard');
  return operatorId;
});
