import { OutcomeError } from '@floodgate/kernel';
import { bearerToken, verifyJwt } from '@floodgate/nest-kit';
import { type CanActivate, createParamDecorator, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { JWT_SECRET } from '../tokens';

const operators = new WeakMap<FastifyRequest, string>();

/** Lets operators through. Throws SIGNED_OUT without a valid token and FORBIDDEN without the role. */
@Injectable()
export class OperatorGuard implements CanActivate {
  constructor(@Inject(JWT_SECRET) private readonly jwtSecret: string) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const token = bearerToken(request.headers.authorization);
    const identity = token === undefined ? undefined : verifyJwt(token, this.jwtSecret);
    if (identity === undefined) throw new OutcomeError('SIGNED_OUT', 'an operator must be signed in');
    if (!identity.roles.includes('operator')) throw new OutcomeError('FORBIDDEN', 'this is for operators');
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
